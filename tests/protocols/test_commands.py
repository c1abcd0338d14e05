import pytest

from protocols.commands import CommandTable, stays


@pytest.fixture
def table():
    table = CommandTable(("OUT", "IN", "GONE"))

    @table.command("ENTER", {"OUT": "IN"}, "name [how]", rfc="RFC 1 2", capability="DOOR")
    def enter(session, name):
        return name

    table.command("LOOK", stays("IN"), rfc="RFC 1 3", capability="EYES")(enter)
    table.command("LEAVE", {"OUT": "GONE", "IN": "GONE"}, rfc="RFC 1 4")(enter)
    table.command("PEEK", stays("IN"), rfc="RFC 1 5", capability="EYES")(enter)
    return table


def test_rows_in_teaching_order(table):
    assert list(table) == ["ENTER", "LOOK", "LEAVE", "PEEK"]
    assert len(table) == 4


def test_row(table):
    row = table["ENTER"]
    assert (row.usage, row.rfc, row.capability) == ("ENTER name [how]", "RFC 1 2", "DOOR")
    assert row.handler(None, "ann") == "ann"
    assert table["LOOK"].usage == "LOOK"


def test_unknown_name(table):
    assert table.get("enter") is None
    with pytest.raises(KeyError):
        table["NOPE"]


def test_what_is_allowed_in_a_state(table):
    allowed = {state: [row.name for row in table.allowed_in(state)] for state in table.states}
    assert allowed == {"OUT": ["ENTER", "LEAVE"], "IN": ["LOOK", "LEAVE", "PEEK"], "GONE": []}


def test_capabilities_of_a_state_each_once(table):
    assert [table.capabilities(s) for s in table.states] == [["DOOR"], ["EYES"], []]


def test_transitions(table):
    assert table.transitions() == [
        ("OUT", "ENTER", "IN"),
        ("IN", "LOOK", "IN"),
        ("OUT", "LEAVE", "GONE"),
        ("IN", "LEAVE", "GONE"),
        ("IN", "PEEK", "IN"),
    ]


@pytest.mark.parametrize(
    ("name", "when"), [("LOOK", stays("IN")), ("NEW", stays("AWAY")), ("NEW", {"IN": "AWAY"})]
)
def test_mistakes_in_a_table_are_errors(table, name, when):
    with pytest.raises(ValueError, match=f"command {name}"):
        table.command(name, when, rfc="RFC 1")
    assert len(table) == 4


def test_row_cannot_be_changed_from_outside(table):
    when = {"OUT": "IN"}
    table.command("WALK", when, rfc="RFC 1")(lambda: None)
    when["IN"] = "GONE"
    assert table["WALK"].when == {"OUT": "IN"}
