"""A party that reads the body of every request, and answers."""

from partyserver import PartyServer, Request, Response


class Answering(PartyServer):
    """Answers with the length of the body."""

    async def on_request(self, request: Request) -> Response:
        return Response(str(len(await request.body())))
