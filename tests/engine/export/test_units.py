from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

from engine.export.making import Job, Made
from engine.export.origin import provenance_of
from engine.export.sources import Located
from engine.export.units import make_all, rest_of, unit_of, units_of
from engine.footage.known import load_known
from engine.footage.sources import known_of, open_source
from engine.recipe import CropRecipe, KeeperRecipe, PlateRecipe, Recipe, candidate_id
from engine.values import Kind
from tests.engine.export.layouts.made import made_item
from tests.engine.export.made import PICTURE, PLATE, crop, keeper, made_film

FILM = Path("/films/a.mkv")


def job(recipe: Recipe, source: str = "0" * 16) -> Job:
    item = dataclasses.replace(
        made_item(Kind(recipe.kind)),
        id=candidate_id(source, recipe),
        recipe=recipe,
        source=source,
    )
    return Job(item, provenance_of(item, "a.mkv"), Path("/out") / f"{item.id}.png")


def ids(jobs: tuple[Job, ...] | list[Job]) -> list[str]:
    return [job.item.id for job in jobs]


def test_a_crash_costs_the_pictures_of_one_base_and_the_others_are_tried_again() -> None:
    jobs = [job(r) for r in (keeper(1), keeper(2), crop(2), PLATE, CropRecipe(PLATE, 0, 0, 64))]
    unit = unit_of(jobs, FILM)
    left = {j.item.id: j for j in jobs[1:]}
    broken, others = rest_of(unit, left, expected=False)
    assert ids(broken) == ids(jobs[1:3])
    assert others is not None
    assert ids(others.args[1]) == ids(jobs[3:])
    broken, others = rest_of(others, {j.item.id: j for j in jobs[3:]}, expected=False)
    assert (ids(broken), others) == (ids(jobs[3:]), None)


def test_a_source_that_cannot_be_read_costs_all_its_pictures_at_once() -> None:
    jobs = [job(keeper(1)), job(keeper(2))]
    left = {j.item.id: j for j in jobs}
    assert rest_of(unit_of(jobs, FILM), left, expected=True) == (jobs, None)


def test_units_hold_one_source_keep_bases_whole_and_are_as_many_as_the_workers() -> None:
    recipes: list[Recipe] = []
    for start in range(0, 400, 40):
        plate = PlateRecipe(PICTURE, start, start + 40)
        recipes += [plate, CropRecipe(plate, 0, 0, 64), CropRecipe(plate, 64, 0, 64)]
    jobs = [job(recipe, source) for source in ("a" * 16, "b" * 16) for recipe in recipes]
    units = units_of(jobs, {"a" * 16: FILM}, {"b" * 16: "it has gone"}, 4)
    assert sorted(ids([j for unit in units for j in unit.args[1]])) == sorted(ids(jobs))
    assert len(units) == 4
    for unit in units:
        source, together, missing, _ = unit.args
        assert len({j.item.source for j in together}) == 1
        assert (source is None) == (missing == "it has gone")
    bases = [
        {str(j.item.recipe if j.item.kind is Kind.PLATE else j.item.recipe.base)}
        for unit in units
        for j in unit.args[1]
    ]
    assert sum(before != after for before, after in pairwise(bases)) == 19


def test_what_opening_a_film_found_out_is_kept_with_the_project_and_used_by_every_unit(
    tmp_path: Path,
) -> None:
    film, proxies = made_film(tmp_path / "a.mkv"), tmp_path / "proxies"
    with open_source(film) as footage:
        source, known = footage.source.id, known_of(footage)
    assert known is not None
    jobs = [replaced(job(recipe, source), tmp_path) for recipe in (keeper(1), keeper(9))]
    located = Located({source: film}, {})
    made = [m for m in make_all(jobs, located, 1, proxies) if isinstance(m, Made)]
    assert len(made) == 2
    assert load_known(proxies, source) is not None
    (unit,) = units_of(jobs, located.paths, {}, 1, {source: known})
    assert unit.args[3] is known
    (proxies / source / "film.npz").write_bytes(b"damaged")
    again = [replaced(j, tmp_path / "again") for j in jobs]
    assert sum(isinstance(m, Made) for m in make_all(again, located, 1, proxies)) == 2


def replaced(planned: Job, folder: Path) -> Job:
    return dataclasses.replace(planned, path=folder / planned.path.name)


def test_keepers_come_first_and_in_the_order_of_the_film() -> None:
    jobs = [job(keeper(100)), job(keeper(20)), job(keeper(3))]
    (unit,) = units_of(jobs, {"0" * 16: FILM}, {}, 1)
    recipes = [j.item.recipe for j in unit.args[1]]
    assert [r.frame for r in recipes if isinstance(r, KeeperRecipe)] == [3, 20, 100]
