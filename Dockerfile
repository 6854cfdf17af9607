# Serves the project that is mounted at /app, whose rooms are kept in the volume /data:
#   docker build --tag pkcompat .
#   docker run --publish 1999:1999 --volume "$PWD/examples/demo:/app:ro" --volume rooms:/data pkcompat
# Without a partykit.json there, name the party: docker run ... pkcompat serve --host 0.0.0.0 chat.py
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir "$(echo /wheels/pkcompat-*.whl)[cluster,fast]"
RUN useradd --system --no-create-home app && install --directory --owner=app /app /data
USER app
WORKDIR /app
VOLUME /data
EXPOSE 1999
# The port of the admin application is open within the container alone.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:1998/healthz', timeout=3)"]
CMD ["pkcompat", "serve", "--host", "0.0.0.0", "--port", "1999", "--storage", "/data", "--admin", "1998"]
