"""The figures of `patrol eval passages` and `patrol eval detect` as text, in the language of the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from patrol import words
from patrol.cli.evaluation_table import percent, rate_text, span
from patrol.values import Language

WIDE = 26  # of the first column


def lines(told: Mapping[str, Any], language: Language) -> list[str]:
    """What was followed and found, a block for each number of looks a second."""
    head = _say(
        "passages_sum", language, **{name: told[name] for name in ("videos", "passages", "people", "gallery")}
    )
    blocks = [line for pace in told["paces"] for line in ["", *_pace(pace, told["passages"], language)]]
    foot = _say("measured_with", language, **{name: told[name] for name in ("embedder", "runtime", "seconds")})
    return [head, *blocks, "", foot]


def detection_lines(told: Mapping[str, Any], language: Language) -> list[str]:
    """Recall by width, then what was found that is no face."""
    head = _say("boxes_sum", language, pictures=told["pictures"], faces=told["faces"])
    rows = [
        _say("recall_row", language, widths=f"{band['from_px']}-{band['to_px']} px".ljust(14), n=band["n"],
             recall=percent(band["recall"]), interval=span(*band["recall_interval"]))
        for band in told["recall_by_width"]
    ]  # fmt: skip
    precision = "-" if told["precision"] is None else percent(told["precision"], 2)
    low, high = told["false_faces_per_picture_interval"]
    false = _say("false_faces", language, n=told["false_faces"], precision=precision, low=low, high=high)
    return [head, *rows, false, _say("detect_cost", language, ms=told["ms_per_picture"], runtime=told["runtime"])]


def _pace(pace: Mapping[str, Any], n_passages: int, language: Language) -> Iterator[str]:
    yield _say("pace_head", language, looks=f"{pace['looks_per_s']:g}")
    counts = {name: pace[name] for name in ("tracks", "switches", "mixed_tracks", "fragments", "false_tracks")}
    yield "  " + _say("pace_tracks", language, n=n_passages, **counts)
    yield "  " + _say("pace_fta", language, fta=percent(pace["fta"]), interval=span(*pace["fta_interval"]))
    for fpir, found in pace["at_fpir"].items():
        yield "  " + _say("at_fpir", language, rate=rate_text(float(fpir)))
        for rule, fnir in found["fnir"].items():
            yield "    " + _rule(rule, fnir, found, language)
    if not pace["at_fpir"]:
        yield "  " + _say("no_passages_for_fpir", language)


def _rule(rule: str, fnir: float, found: Mapping[str, Any], language: Language) -> str:
    name = _say(f"rule_{rule}", language).ljust(WIDE)
    missed = f"FNIR {percent(fnir)} ({span(*found['fnir_interval'][rule])})"
    if rule not in found["misses_saved"]:
        return f"{name} {missed}"
    saved, interval = percent(found["misses_saved"][rule], 0), span(*found["misses_saved_interval"][rule])
    return f"{name} {missed}; " + _say("rule_saves", language, saved=saved, interval=interval)


def _say(code: str, language: Language, **fields: object) -> str:
    return words.say(f"eval.{code}", language, **fields)
