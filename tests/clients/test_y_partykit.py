"""y-partykit's provider; to the host its messages are opaque bytes."""

from __future__ import annotations

from tests.clients.processes import NodeScript, ServedProject, run_script


def test_documents_converge(host: str) -> None:
    events = run_script("documents.mjs", host=host)
    assert [event.pop("event") for event in events] == [
        "second has what the first had before",
        "converged",
        "awareness passed",
        "converged after the cut",
        "all gone",
        "late one has it all",
        "long update",
        "long update kept",
    ]
    assert events[0]["url"] == f"ws://{host}/parties/document/plans?_pk=ben"
    assert events[5] == {"names": ["cyd"]}
    assert events[6:] == [{"same": True}, {"same": True}]


def test_a_document_outlives_the_host(embedded_host: ServedProject) -> None:
    """What a peer has seen is committed, so that it is there after `kill -9`."""
    with NodeScript("document_and_restart.mjs", host=embedded_host.host) as script:
        script.event("both have it")
        script.go_on()
        embedded_host.kill()
        script.event("both are gone")
        embedded_host.start()
        script.go_on()
        assert script.event("new one has it")["text"] == "written once"
        script.events()


def test_settings(embedded_host: ServedProject) -> None:
    providers = [
        {"connectionId": "ada", "params": {"token": "t k"}},
        {"connectionId": "ben", "party": "echo"},
        {"connectionId": "cyd", "prefix": "/live/parties/echo/prefixed"},
        {},
    ]
    *events, last = run_script("document_settings.mjs", host=embedded_host.host, providers=providers)
    assert [event["server"]["uri"].removeprefix(f"http://{embedded_host.host}") for event in events] == [
        "/parties/main/settings?_pk=ada&token=t+k",
        "/parties/echo/settings?_pk=ben",
        "/live/parties/echo/prefixed?_pk=cyd",
    ]
    assert [event["server"]["id"] for event in events] == ["ada", "ben", "cyd"]
    assert last["server"]["id"] == last["id"]
