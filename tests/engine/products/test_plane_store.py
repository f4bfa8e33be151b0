"""Planes in memory that is used again."""

import numpy as np

from engine.footage.reader import Planes
from engine.products.plane_store import PlaneStore


def planes(value: int) -> Planes:
    """Give a frame of 4:2:0, all of it of one value."""
    sides = ((32, 48), (16, 24), (16, 24))
    return tuple(np.full(shape, value, np.uint8) for shape in sides)


def shows(store: PlaneStore, frame: int) -> bool:
    """Tell whether a held frame is still all that was put in."""
    return all((plane == frame).all() for plane in store.planes(frame))


def filled(count: int) -> PlaneStore:
    """Hold some frames, each of the value of its number."""
    store = PlaneStore()
    for frame in range(count):
        store.put(frame, planes(frame))
    return store


def test_frames_stay_as_they_were_put_in_while_others_make_room_for_pictures() -> None:
    store = filled(12)
    store.keep(range(0, 12, 2))
    pictures = []
    for value in (200, 201, 202):
        room = store.room(48, 32)
        room[:] = value
        pictures.append(room)
    assert store.frames == frozenset(range(0, 12, 2))
    assert all(shows(store, frame) for frame in store.frames)
    assert [int(one.min()) for one in pictures] == [200, 201, 202]
    assert [int(one.max()) for one in pictures] == [200, 201, 202]


def test_pictures_find_room_when_no_frame_can_be_moved() -> None:
    store = filled(2)
    room = store.room(48, 32)
    room[:] = 200
    assert shows(store, 0)
    assert shows(store, 1)
    assert room.shape == (32, 48, 3)


def test_a_frame_may_take_the_place_of_one_that_was_dropped() -> None:
    store = filled(4)
    before = store.planes(2)[0].ctypes.data
    store.drop(2)
    store.put(9, planes(9))
    assert store.planes(9)[0].ctypes.data == before
    assert all(shows(store, frame) for frame in (0, 1, 3, 9))


def test_a_store_that_is_cleared_holds_nothing() -> None:
    store = filled(3)
    store.clear()
    assert len(store) == 0
    assert store.size_of(0) == 0
