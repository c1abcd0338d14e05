"""Who may import whom (ARCHITECTURE.md), read from the source with ast."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("pop3", "imap", "smtp")
SOCKETS = {
    "protocols.connection",
    "protocols.listeners",
    "protocols.deadlines",
    "protocols.eager",
    "protocols.smtp.server",
}
LAYERS = ("models", "rules", "actions", "forms", "views")
TOP = {"views": 4, "consumers": 4, "admin": 4}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(folder: str) -> dict[str, Path]:
    return {module_name(path): path for path in sorted((ROOT / folder).rglob("*.py"))}


ALL = modules("protocols") | modules("mailedu")


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for child in ast.iter_child_nodes(tree):
        if not is_type_checking(child):
            yield child
            yield from nodes(child)


@cache
def imports(name: str) -> frozenset[str]:
    """The modules that a module imports, ours by their full names."""
    found = set()
    for node in nodes(ast.parse(ALL[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} has a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in ALL else node.module)
    return frozenset(found)


def reachable(name: str) -> set[str]:
    """Our modules that `name` needs, one by one (not the packages around them)."""
    seen, todo = set(), [name]
    while todo:
        for module in imports(todo.pop()):
            if module in ALL and module not in seen:
                seen.add(module)
                todo.append(module)
    return seen


def top(module: str) -> str:
    return module.partition(".")[0]


def package(module: str) -> str:
    """`pop3` for protocols.pop3.session, "" for shared modules."""
    second = module.split(".")[1] if module.startswith("protocols.") else ""
    return second if second in PACKAGES else ""


@pytest.mark.parametrize("name", modules("protocols"))
def test_protocols_know_the_standard_library_and_themselves(name):
    foreign = {top(m) for m in imports(name)} - sys.stdlib_module_names - {"protocols"}
    assert foreign <= ({"aiosmtpd"} if name == "protocols.smtp.server" else set())


@pytest.mark.parametrize("name", sorted(modules("protocols").keys() - SOCKETS))
def test_sockets_and_the_loop_are_in_few_rooms(name):
    assert not {"asyncio", "socket", "selectors", "threading", "time"} & {
        top(m) for m in imports(name)
    }


@pytest.mark.parametrize("name", sorted(modules("protocols").keys() - {"protocols"}))
def test_protocols_know_nothing_of_each_other(name):
    own = package(name)
    assert {package(m) for m in imports(name)} <= {"", own}
    assert own or "protocols" not in imports(name)


@pytest.mark.parametrize("protocol", [p for p in PACKAGES if f"protocols.{p}.observer" in ALL])
def test_observers_know_neither_session_nor_store(protocol):
    forbidden = {"session", "store", "memory", "commands", "connection", "conversation", "server"}
    known = {m for m in reachable(f"protocols.{protocol}.observer") if package(m)}
    known |= {m for m in imports(f"protocols.{protocol}.observer") if m in ALL}
    handlers = {f"protocols.{protocol}.{name}" for name in forbidden}
    shared = {f"protocols.{name}" for name in forbidden - {"commands"}}
    assert not known & (handlers | shared)


@pytest.mark.parametrize("name", modules("mailedu"))
def test_site_knows_protocols_only_as_a_tuple(name):
    assert {package(m) for m in imports(name)} <= {""}


@pytest.mark.parametrize("name", modules("mailedu/mail") | modules("mailedu/classroom"))
def test_mail_and_classroom_are_the_ground_floor(name):
    assert not {m for m in imports(name) if m.startswith(("mailedu.lab", "mailedu.lessons"))}


@pytest.mark.parametrize("name", modules("mailedu/lab"))
def test_lab_does_not_know_lessons(name):
    assert not {m for m in imports(name) if m.startswith("mailedu.lessons")}


def layer(module: str) -> int | None:
    last = module.rpartition(".")[2]
    return TOP.get(last, LAYERS.index(last) if last in LAYERS else None)


@pytest.mark.parametrize("name", [m for m in modules("mailedu") if layer(m) is not None])
def test_layers_of_an_app(name):
    app = name.rpartition(".")[0]
    for module in imports(name):
        if module.rpartition(".")[0] == app and layer(module) is not None:
            assert layer(module) < layer(name), f"{name} imports {module}"


def test_rules_are_read_from_something():
    assert "protocols.store" in imports("protocols.memory")
    assert "protocols.pop3.grammar" in reachable("protocols.pop3.observer")
