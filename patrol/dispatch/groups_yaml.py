"""groups.yaml: YAML to values with their lines."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from patrol.dispatch.drafts import Mistake, Spot, Where
from patrol.dispatch.located import Located

LONGEST_BYTES = 1_000_000  # thousands of groups
DEEPEST = 9  # nested deeper than any groups.yaml is; PyYAML recurses
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(content: bytes | str, file: str) -> tuple[Located | None, list[Mistake]]:
    """The whole file, and what is wrong with it as YAML."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        _require_modest(text)
        root = yaml.compose(text, Loader=Loader)
    except UnicodeDecodeError:
        return None, [Mistake((), "not_utf8", spot=Spot(file, 1))]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        spot = Spot(file, mark.line + 1 if mark else 1)
        return None, [Mistake((), "not_yaml", getattr(error, "problem", None) or "", spot=spot)]
    mistakes: list[Mistake] = []
    return (None if root is None else _located(root, (), file, mistakes)), mistakes


def _require_modest(text: str) -> None:
    """Refuse what is no groups.yaml before it is built: too long, too deep, or growing out of references."""
    if len(text) > LONGEST_BYTES:
        raise yaml.MarkedYAMLError(problem=f"longer than {LONGEST_BYTES} letters")
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem="nested too deeply, or a reference", problem_mark=mark)


def _located(node: yaml.Node, where: Where, file: str, mistakes: list[Mistake]) -> Located:
    spot = Spot(file, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        items = [_located(item, (*where, index), file, mistakes) for index, item in enumerate(node.value)]
        return Located(items, spot)
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Located] = {}
        for key, line, value in _pairs(node):
            found = replace(_located(value, (*where, key), file, mistakes), spot=Spot(file, line))
            if key in values:
                mistakes.append(Mistake((*where, key), "twice", key, spot=found.spot))
            values[key] = found
        return Located(values, spot)
    return Located(_scalar(node), spot, str(node.value).strip())


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
    """Each key with its line and its value, which may begin further down."""
    for key, value in node.value:
        yield str(key.value) if isinstance(key, yaml.ScalarNode) else "?", key.start_mark.line + 1, value


def _scalar(node: yaml.Node) -> Any:
    """A scalar as YAML reads it; a tag that says it is what it is not leaves text."""
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        return node.value
