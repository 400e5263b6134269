"""The summary as one HTML file: no network, no other files, light and dark, failures first."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from maya_a2f.farm.plan import Plan
from maya_a2f.farm.records import REPORTS
from maya_a2f.farm.summary import Entry, Summary, failures_first
from maya_a2f.farm.summary_style import SCRIPT, STYLE

_PICTURE_CHARACTERS = 24_000_000
"""Of all pictures together: those of the first rows, which need a look most. The page stays one that opens."""
_WORDS = {
    "failed": "failed",
    "waiting": "to do",
    "bad": "bad",
    "look at": "look at",
    "good": "good",
    "not measured": "not judged",
    "": "done",
}
_TITLES = {"done": "All done", "failed": "Some lines failed", "cancelled": "Cancelled", "waiting": "Not all done"}


def page_html(summary: Summary, plan: Plan, folder: Path) -> str:
    """The page's text. ``folder`` is where it will lie; its links are relative."""
    name = Path(plan.manifest).name or folder.name
    rows = "\n".join(_rows(failures_first(summary.entries)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_text(name)} – {_text(_TITLES[summary.state])}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<div class="head">
<div>
<p class="over">a2f batch</p>
<h1>{_text(name)}</h1>
<p class="sub" title="{_text(plan.manifest)}">{_text(str(folder))}</p>
</div>
<span class="state {_state_class(summary)}">{_text(_TITLES[summary.state])}</span>
</div>
<dl class="figures">
{_figures(summary)}
</dl>
{_bar(summary)}
</header>
<nav>
<input id="search" type="search" placeholder="Search names, notes and errors" aria-label="Search" autocomplete="off">
<div class="chips" role="group" aria-label="Show">
{_chips(summary)}
</div>
<span id="shown" class="faint" role="status"></span>
</nav>
<main>
<table>
<thead><tr>
<th data-key="number" data-kind="number"><button>#</button></th>
<th class="picture">Face</th>
<th data-key="name"><button>Line</button></th>
<th data-key="rank" data-kind="number" aria-sort="ascending"><button>Verdict</button></th>
<th data-key="seconds" data-kind="number"><button>Length</button></th>
<th>Files</th>
</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p id="none" class="faint" hidden>No line fits.</p>
</main>
<footer class="faint">
<p>{_text(_made_with(summary, plan))}</p>
</footer>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _figures(summary: Summary) -> str:
    sound, took = summary.seconds_of_sound, summary.took_seconds
    figures = [("Lines", str(len(summary.entries))), ("Done", str(summary.count("done")))]
    if summary.count("failed"):
        figures.append(("Failed", str(summary.count("failed"))))
    if summary.count("waiting"):
        figures.append(("To do", str(summary.count("waiting"))))
    figures.append(("Sound", duration(sound)))
    if took > 0:
        figures.append(("Took", duration(took)))
    return "\n".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in figures)


def _bar(summary: Summary) -> str:
    """All lines as one bar, by what is to be thought of them."""
    total = len(summary.entries)
    counts = _counts(summary)
    pieces = "".join(
        f'<span class="{kind_class(kind)}" style="flex-grow:{count}" title="{count} {_text(_WORDS[kind])}"></span>'
        for kind, count in counts.items()
        if count
    )
    return f'<div class="bar" role="img" aria-label="{_text(summary.words)}">{pieces}</div>' if total else ""


def _counts(summary: Summary) -> dict[str, int]:
    counts = dict.fromkeys(_WORDS, 0)
    for entry in summary.entries:
        counts[_kind(entry)] += 1
    return counts


def _chips(summary: Summary) -> str:
    chips = [f'<button class="chip" data-show="" aria-pressed="true">all <b>{len(summary.entries)}</b></button>']
    chips += [
        f'<button class="chip {kind_class(kind)}" data-show="{kind_class(kind)}" aria-pressed="false">'
        f"{_text(_WORDS[kind])} <b>{count}</b></button>"
        for kind, count in _counts(summary).items()
        if count
    ]
    return "\n".join(chips)


def _rows(entries: Iterable[Entry]) -> Iterator[str]:
    left = _PICTURE_CHARACTERS
    for entry in entries:
        picture = str(entry.record.get("picture", ""))
        left -= len(picture)
        yield _row(entry, picture if left >= 0 else "")


def _row(entry: Entry, picture: str) -> str:
    line, record, kind = entry.line, entry.record, _kind(entry)
    shown = f'<img alt="" src="data:image/png;base64,{picture}">' if picture else ""
    seconds = float(record.get("seconds", line.seconds))
    place = f"{line.place} · " if line.place and line.place != Path(line.clip).name else ""
    return f"""<tr class="{kind_class(kind)}" data-number="{line.number}" data-name="{_text(line.name.casefold())}" \
data-rank="{list(_WORDS).index(kind)}" data-seconds="{seconds:.3f}">
<td class="number">{line.number}</td>
<td class="picture">{shown}</td>
<td class="line"><span class="name">{_text(line.name)}</span>
<span class="faint" title="{_text(line.clip)}">{_text(place + Path(line.clip).name)}</span>{_remarks(entry)}</td>
<td><span class="badge {kind_class(kind)}">{_text(_WORDS[kind])}</span></td>
<td class="number">{seconds:.2f} s<span class="faint">{_frames(record)}</span></td>
<td class="files">{_files(entry)}</td>
</tr>"""


def _remarks(entry: Entry) -> str:
    """The error, what the verdict found, and notes."""
    error = entry.error
    parts = []
    if error:
        parts.append(f'<p class="error">{_text(error.get("message", ""))} {_text(error.get("hint", ""))}</p>')
    found = (entry.record.get("verdict") or {}).get("findings", ())
    parts += [
        f'<li class="{kind_class(str(one["verdict"]))}"><b>{_text(one["title"])}.</b> {_text(one["why"])}</li>'
        for one in found
    ]
    unjudged = (entry.record.get("verdict") or {}).get("note")
    remarks = [*([unjudged] if unjudged else []), *entry.record.get("notes", ())]
    notes = [f'<li class="faint">{_text(remark)}</li>' for remark in remarks]
    listed = "".join([part for part in parts if part.startswith("<li")] + notes)
    return "".join(part for part in parts if part.startswith("<p")) + (f"<ul>{listed}</ul>" if listed else "")


def _files(entry: Entry) -> str:
    made = [str(output["path"]) for output in entry.record.get("outputs", ())]
    links = [f'<a href="{quote(path)}">{_text(Path(path).suffix[1:])}</a>' for path in made]
    if entry.record:
        links.append(f'<a class="faint" href="{quote(f"{REPORTS}/{entry.line.name}.json")}">report</a>')
    return " ".join(links)


def _frames(record: Mapping[str, Any]) -> str:
    frames, rate = record.get("frames"), record.get("rate")
    return f" {frames} frames, {_text(rate)} fps" if frames and rate else ""


def _made_with(summary: Summary, plan: Plan) -> str:
    when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    parts = [f"maya_a2f {plan.version}", *summary.engines, when]
    if len(summary.engines) > 1:
        parts.append("Lines were made by different engines: their last digits need not be the same.")
    return " · ".join(parts)


def _kind(entry: Entry) -> str:
    return entry.verdict if entry.state == "done" else entry.state


def kind_class(kind: str) -> str:
    """The CSS class of a state or verdict."""
    return f"is-{(kind or 'done').replace(' ', '-')}"


def _state_class(summary: Summary) -> str:
    return {"done": "is-good", "failed": "is-failed"}.get(summary.state, "is-look-at")


def duration(seconds: float) -> str:
    """``41 s``, ``12:07 min`` or ``3:20 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


def _text(value: Any) -> str:
    return html.escape(str(value), quote=True)
