"""The report as one self-contained page: no network, readable without scripts, names escaped."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import islice, zip_longest

from engine.buckets.batches import RULES_IN_WORDS
from engine.buckets.facts import PictureOutcome, describe, in_words, percent
from engine.buckets.measure import Picture
from engine.buckets.page_charts import aspect_chart, bucket_chart, shape
from engine.buckets.plain import SIDE_BY_SIDE, last_batch
from engine.buckets.presets import TRAINER_NAMES
from engine.buckets.report import Report
from engine.buckets.tally import BucketRow, Tally
from engine.text import plain, plural
from engine.values import Box, Size

MOST_SHOWN = 300
"""Pictures shown in each report, the worst first; a browser is slow beyond."""
MOST_SIZES = 12
"""Sizes compared between the reports."""

Thumbnails = Mapping[str, bytes | str]
"""By the picture's name: a small PNG, JPEG or WebP, or such a one as a data URI."""

_DATA_URI = re.compile(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/=]+")


def reports_to_page(
    reports: Sequence[Report], thumbnails: Thumbnails | None = None, title: str = "Bucket report"
) -> str:
    """Write reports on the same pictures as one HTML page.

    Parameters
    ----------
    reports : sequence of Report
        Each becomes a tab; of several, the first tab sets them side by side.
    thumbnails : mapping of name to bytes or data URI, optional
        Small pictures as stored, not turned; those of :func:`pictures_shown` are used.
    title : str
        A stranger's text may be in it.

    Returns
    -------
    str
        HTML with its style, script and pictures inside; it asks for nothing else.
    """
    name = escape(plain(title))
    places, images = _embedded(reports, thumbnails or {})
    pictures = len(reports[0].tally.pictures) if reports else 0
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">",
            f"<title>{name}</title><style>{_own('page.css')}</style></head><body>",
            images,
            f"<header><h1>{name}</h1><p>{plural(pictures, 'picture')}, as the trainers will "
            "bucket, resize and crop them</p>",
            _tabs(reports),
            "</header><main>",
            *([_comparison(reports)] if len(reports) > 1 else []),
            *(_panel(k, report, places) for k, report in enumerate(reports)),
            "</main><footer>Made by Cutting Room. Scale 1.00 is native size; above it a picture "
            "is enlarged. A frame on a picture shows what reaches training; dashed frames are "
            "proposed pieces.</footer>",
            f"<script>{_own('page.js')}</script></body></html>",
        ]
    )


def pictures_shown(report: Report) -> list[int]:
    """Choose the pictures that a page shows, some of each bucket; those that lose most first."""
    worst = dict.fromkeys(seen.index for seen in report.notable[: MOST_SHOWN // 2])
    members = [row.members[:MOST_SHOWN] for row in report.tally.buckets]
    spread = (index for together in zip_longest(*members) for index in together)
    others = dict.fromkeys(i for i in spread if i is not None and i not in worst)
    some = islice(others, MOST_SHOWN - len(worst))
    return [*worst, *sorted(some, key=lambda index: -report.tally.outcomes[index].cropped)]


def _own(name: str) -> str:
    return files("engine.buckets").joinpath(name).read_text(encoding="utf-8")


def _embedded(reports: Sequence[Report], thumbnails: Thumbnails) -> tuple[dict[str, str], str]:
    """Embed each thumbnail once; every drawing of the picture refers to it."""
    places: dict[str, str] = {}
    images = []
    for report in reports:
        for index in pictures_shown(report):
            picture = report.tally.pictures[index]
            uri = _data_uri(thumbnails.get(picture.name, b""))
            if uri and picture.name not in places:
                places[picture.name] = place = f"t{len(places)}"
                width, height = picture.size
                images.append(
                    f'<image id="{place}" width="{width}" height="{height}" '
                    f'preserveAspectRatio="none" href="{uri}"/>'
                )
    hidden = '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
    return places, f"{hidden}{''.join(images)}</defs></svg>"


def _data_uri(thumbnail: bytes | str) -> str:
    if isinstance(thumbnail, str):
        return thumbnail if _DATA_URI.fullmatch(thumbnail) else ""
    if thumbnail.startswith(b"\x89PNG"):
        kind = "png"
    elif thumbnail.startswith(b"\xff\xd8"):
        kind = "jpeg"
    elif thumbnail[:4] == b"RIFF" and thumbnail[8:12] == b"WEBP":
        kind = "webp"
    else:
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(thumbnail).decode()}"


def _tabs(reports: Sequence[Report]) -> str:
    if len(reports) < 2:
        return ""
    names = [("all", "Side by side"), *((f"r{k}", r.title) for k, r in enumerate(reports))]
    buttons = "".join(
        f'<button role="tab" data-panel="{place}">{escape(name)}</button>' for place, name in names
    )
    return f'<nav data-tabs role="tablist" hidden>{buttons}</nav>'


def _comparison(reports: Sequence[Report]) -> str:
    heads = "".join(f"<th>{escape(report.title)}</th>" for report in reports)
    totals = "".join(
        f"<tr><td>{name}</td>{''.join(f'<td>{say(report.tally)}</td>' for report in reports)}</tr>"
        for name, say in SIDE_BY_SIDE
    )
    counted = Counter(picture.size for picture in reports[0].tally.pictures)
    sizes = "".join(
        _size_row(size, count, reports) for size, count in counted.most_common(MOST_SIZES)
    )
    return (
        '<section class="report" id="all" role="tabpanel"><h2>Side by side</h2>'
        '<div class="card"><h3>Totals of an epoch</h3><table class="beside"><thead>'
        f"<tr><th></th>{heads}</tr></thead><tbody>{totals}</tbody></table></div>"
        '<div class="card"><h3>The commonest sizes</h3><table class="beside"><thead><tr>'
        f"<th>size</th><th>pictures</th>{heads}</tr></thead><tbody>{sizes}</tbody></table>"
        "</div></section>"
    )


def _size_row(size: Size, count: int, reports: Sequence[Report]) -> str:
    first = next(k for k, p in enumerate(reports[0].tally.pictures) if p.size == size)
    cells = "".join(f"<td>{_in_bucket(report, first)}</td>" for report in reports)
    return f'<tr><td class="size">{in_words(size)}</td><td>{count:,}</td>{cells}</tr>'


def _in_bucket(report: Report, index: int) -> str:
    bucket = report.tally.outcomes[index]
    if not bucket.status.startswith("ok"):
        return escape(bucket.status.partition(":")[0])
    size = in_words(bucket.size)
    loss = f"scale {bucket.kept:.2f} · {percent(bucket.cropped)} cut"
    return f'<span class="size">{size}</span><span class="loss">{loss}</span>'


def _panel(number: int, report: Report, places: Mapping[str, str]) -> str:
    tally, recipe = report.tally, report.recipe
    settings = [
        TRAINER_NAMES[recipe.trainer],
        f"resolution {recipe.width}×{recipe.height}",
        f"batch size {recipe.batch_size}",
        RULES_IN_WORDS[recipe.trainer],
    ]
    return "\n".join(
        [
            f'<section class="report" id="r{number}" role="tabpanel">',
            f"<h2>{escape(report.title)}</h2><p>{escape('; '.join(settings))}</p>",
            _tiles(tally),
            _advice(report),
            '<div class="pair">',
            f'<div class="card"><h3>Buckets</h3>{bucket_chart(tally)}</div>',
            f'<div class="card"><h3>Aspects of the pictures</h3>{aspect_chart(tally)}</div>',
            "</div>",
            _bucket_table(tally),
            _kind_table(tally),
            _gallery(report, places),
            "</section>",
        ]
    )


def _noun(count: int, noun: str, nouns: str | None = None) -> str:
    return plural(count, noun, nouns).partition(" ")[2]


def _tiles(tally: Tally) -> str:
    tiles = [
        (f"{tally.count:,}", f"{_noun(tally.count, 'picture')} an epoch", ""),
        (f"{tally.steps:,}", _noun(tally.steps, "batch", "batches"), ""),
        (
            f"{len(tally.buckets):,}",
            f"{_noun(len(tally.buckets), 'bucket')}, as mixed as {tally.effective_buckets:.1f}",
            "",
        ),
        (f"{tally.kept:.2f}", "mean scale", ""),
        (percent(tally.cropped), "cut away", ""),
        (percent(tally.widescreen), "are 16:9", "warning" if tally.widescreen >= 0.6 else ""),
    ]
    counted = [
        (tally.lost, "never trained", "error"),
        (tally.dropped, "left out of the epoch", "error"),
        (tally.moved, "moved to squares", "warning"),
        (tally.padded, f"{_noun(tally.padded, 'place')} padded", "warning"),
        (tally.short, _noun(tally.short, "short batch", "short batches"), ""),
        (tally.enlarged, "enlarged", "warning"),
    ]
    tiles += [(f"{count:,}", what, level) for count, what, level in counted if count]
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile {level}"><b>{value}</b><span>{what}</span></div>'
            for value, what, level in tiles
        )
        + "</div>"
    )


def _advice(report: Report) -> str:
    items = "".join(
        f'<li class="{remark.level}">{escape(remark.text)}</li>' for remark in report.advice
    )
    return f'<ul class="advice">{items}</ul>' if items else ""


def _bucket_table(tally: Tally) -> str:
    heads = ("bucket", "aspect", "pictures", "repeated", "batches", "last batch", "scale", "cut")
    rows = "".join(_bucket_cells(row, tally.recipe.batch_size) for row in tally.buckets)
    return (
        '<div class="card"><h3>All buckets · choose one to see its pictures</h3>'
        f'<table class="sortable"><thead><tr>{"".join(f"<th>{head}</th>" for head in heads)}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _bucket_cells(row: BucketRow, batch_size: int) -> str:
    name, aspect = in_words(row.size), row.size[0] / row.size[1]
    glyph = f'<svg class="shape" width="19" height="19">{shape(row.size, 9.5, 9.5)}</svg>'
    area = row.size[0] * row.size[1]
    cells = [
        f'<td data-value="{area}">{glyph}<span class="size">{name}</span></td>',
        _number(aspect, f"{aspect:.2f}"),
        _number(row.pictures, f"{row.pictures:,}"),
        _number(row.batches.count, f"{row.batches.count:,}"),
        _number(row.batches.batches, f"{row.batches.batches:,}"),
        _number(row.batches.count % batch_size, last_batch(row.batches, batch_size)),
        _number(row.kept, f"{row.kept:.2f}"),
        _number(row.cropped, percent(row.cropped)),
    ]
    return f'<tr class="pick" data-bucket="{name}">{"".join(cells)}</tr>'


def _kind_table(tally: Tally) -> str:
    if not any(row.kind for row in tally.kinds):
        return ""
    heads = ("kind", "pictures", "repeated", "buckets", "scale", "cut", "16:9")
    rows = "".join(
        f'<tr><td class="name">{escape(plain(row.kind, 60)) or "(none)"}</td>'
        + _number(row.pictures, f"{row.pictures:,}")
        + _number(row.count, f"{row.count:,}")
        + _number(row.buckets, f"{row.buckets:,}")
        + _number(row.kept, f"{row.kept:.2f}")
        + _number(row.cropped, percent(row.cropped))
        + _number(row.widescreen / row.pictures, percent(row.widescreen / row.pictures))
        + "</tr>"
        for row in tally.kinds
    )
    return (
        '<div class="card"><h3>Kinds</h3><table class="sortable"><thead><tr>'
        f"{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _number(value: float, text: str) -> str:
    return f'<td data-value="{value:.6g}">{text}</td>'


def _gallery(report: Report, places: Mapping[str, str]) -> str:
    shown = pictures_shown(report)
    total = len(report.tally.pictures)
    some = f"{len(shown):,} of {plural(total, 'picture')}, those that lose most first"
    return (
        f'<div class="card"><div class="tools"><h3>Pictures · {some}</h3>'
        '<input type="search" placeholder="name, kind, 1344×768…" aria-label="filter" hidden>'
        f'</div><div class="gallery">{"".join(_figures(report, shown, places))}</div>'
        '<p class="none" hidden>no picture shown here matches</p></div>'
    )


def _figures(report: Report, shown: Sequence[int], places: Mapping[str, str]) -> Iterator[str]:
    described: dict[Size, PictureOutcome] = {}
    for index in shown:
        picture = report.tally.pictures[index]
        size = picture.size_for(report.recipe.trainer)
        if size not in described:
            described[size] = describe(report.recipe, size)
        yield _figure(picture, described[size], places)


def _figure(picture: Picture, outcome: PictureOutcome, places: Mapping[str, str]) -> str:
    bucket = outcome.bucket
    name, kind = escape(plain(picture.name, 120)), escape(plain(picture.kind, 40))
    lands = in_words(bucket.size) if bucket.status.startswith("ok") else bucket.status
    facts = [f"scale {bucket.kept:.2f}", f"{percent(bucket.cropped)} cut"]
    facts += [f"×{picture.repeats}"] * (picture.repeats > 1)
    remarks = "".join(f'<li class="{r.level}">{escape(r.text)}</li>' for r in outcome.remarks)
    # A thumbnail lies as the file is stored; where the trainer turns it, none fits.
    place = places.get(picture.name) if outcome.size == picture.size else None
    return (
        f'<figure class="picture" data-find="{name} {kind} {lands}">'
        f"{_drawing(outcome, place)}<figcaption>"
        f'<span class="who">{name}</span><span class="what">{in_words(outcome.size)} → '
        f'{escape(lands)}</span><br><span class="loss">{" · ".join(facts)}</span>'
        f"{f'<ul>{remarks}</ul>' if remarks else ''}</figcaption></figure>"
    )


def _drawing(outcome: PictureOutcome, place: str | None) -> str:
    """Draw a picture with the rectangle that reaches training, and the proposed pieces."""
    width, height = outcome.size
    whole = f'width="{width}" height="{height}"'
    image = f'<use href="#{place}"/>' if place else f'<rect class="blank" {whole}/>'
    if outcome.seen is None:
        over = f'<rect class="cut" {whole}/>'
    else:
        over = _outside(outcome.size, outcome.seen) + _rectangle("seen", outcome.seen)
    over += "".join(_rectangle("piece", piece) for piece in outcome.pieces)
    return f'<svg viewBox="0 0 {width} {height}">{image}{over}</svg>'


def _outside(size: Size, seen: Box) -> str:
    if seen.size == size:
        return ""
    return (
        f'<path class="cut" fill-rule="evenodd" d="M0 0h{size[0]}v{size[1]}h-{size[0]}z'
        f'M{seen.x} {seen.y}h{seen.width}v{seen.height}h-{seen.width}z"/>'
    )


def _rectangle(name: str, box: Box) -> str:
    return (
        f'<rect class="{name}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>'
    )
