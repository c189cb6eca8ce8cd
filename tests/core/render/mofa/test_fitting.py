# SPDX-License-Identifier: GPL-3.0-or-later
"""How a shot is fitted to a card: where networks lie, smaller plans, what a run leaves for the next."""

from types import SimpleNamespace

import pytest
import torch

from core.calibration import Calibration
from core.costs import Task
from core.render.base import Work
from core.render.mofa import fitting as module
from core.render.mofa.fitting import Fitting

TASK = Task(frames=124)
GB = 1e9


class Network:
    """Stands for a network: lies somewhere and notes where it went."""

    def __init__(self, name: str, log: list[tuple[str, str]], count: int) -> None:
        self.name, self.log, self.count = name, log, count
        self.device = torch.device("cuda")
        self.dtype = torch.float16
        self.config = SimpleNamespace(widths=(320, 640, 1280, 1280))

    def to(self, device: torch.device) -> None:
        self.log.append((self.name, device.type))
        self.device = device

    def parameters(self):
        yield SimpleNamespace(device=self.device, numel=lambda: self.count, element_size=lambda: 2)


@pytest.fixture
def card(monkeypatch, tmp_path):
    """A CUDA card of stand-ins: card(gigabytes) gives its fitting."""
    log: list[tuple[str, str]] = []
    words: list[str] = []
    sizes = {"unet": 1_524_623_082, "control": 722_453_685, "vae": 97_742_847, "encoder": 632_076_800}
    networks = SimpleNamespace(
        **{name: Network(name, log, count) for name, count in {**sizes, "motion": 57_000_000}.items()}
    )
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Card")
    monkeypatch.setattr(module, "settle", lambda device: None)
    monkeypatch.setattr(module, "start_counting", lambda device: None)
    monkeypatch.setattr(module, "free", lambda device: None)
    monkeypatch.setattr(module, "most_taken", lambda device: 0.0)

    def make(gigabytes: float, **rest) -> Fitting:
        def room(device):
            there = sum(2 * network.count for network in vars(networks).values() if network.device.type == "cuda")
            return gigabytes * GB - there

        monkeypatch.setattr(
            torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=gigabytes * GB)
        )
        monkeypatch.setattr(module, "memory_of", room)
        work = Work(note=words.append, warn=words.append)
        return Fitting(TASK, networks, torch.device("cuda"), work, file=tmp_path / "calibration.json", **rest)

    return SimpleNamespace(make=make, log=log, words=words, networks=networks, file=tmp_path / "calibration.json")


def there(card) -> set[str]:
    return {name for name, network in vars(card.networks).items() if network.device.type == "cuda"}


def test_networks_that_are_loaded_do_not_count_twice(card):
    assert card.make(24).plan.together == 8
    for name in ("unet", "control"):
        getattr(card.networks, name).device = torch.device("cpu")
    assert card.make(24).plan.together == 8


def test_with_room_networks_stay_where_they_are(card):
    fitting = card.make(24)
    for stage in ("preparing", "sampling", "decoding"):
        fitting.place(stage)
    assert card.log == []


def test_without_room_only_those_that_run_are_on_the_card(card):
    fitting = card.make(8)
    assert fitting.plan.offload
    fitting.place("preparing")
    assert there(card) == {"control", "vae", "encoder", "motion"}
    fitting.place("sampling")
    assert there(card) == set()
    fitting.place("decoding")
    assert there(card) == {"vae"}
    # room is made before it is taken
    assert card.log[0] == ("unet", "cpu")
    # a later shot with room finds them again
    card.make(24).place("preparing")
    assert len(there(card)) == 5


def test_the_decoder_is_alone_where_that_is_enough(card):
    fitting = card.make(10)
    assert (fitting.plan.offload, fitting.plan.apart) == (False, True)
    fitting.place("sampling")
    assert len(there(card)) == 5
    fitting.place("decoding")
    assert there(card) == {"vae"}


def test_it_says_what_is_to_come(card):
    card.make(24).tell()
    (words,) = card.words
    assert words.startswith("124 frames at 512 x 512 px on Card: 20 GB; time not measured on this machine yet (8 win")
    fitting = card.make(24)
    with_time = [fitting.laps("step", range(3), units=20), fitting.laps("frame", range(125))]
    for laps in with_time:
        assert list(laps)
    fitting.note()
    card.make(24).tell(steps=1)
    assert "about 1 s, 20 GB (" in card.words[-1]


def test_smaller_plans_end_and_each_is_told(card):
    fitting = card.make(80)
    seen = [fitting.plan]
    while fitting.sample_smaller():
        seen.append(fitting.plan)
    while fitting.decode_smaller():
        seen.append(fitting.plan)
    assert len(set(seen)) == len(seen) == len(card.words) + 1
    assert all("did not suffice" in words for words in card.words)
    last = seen[-1]
    assert (last.together, last.held, last.offload, last.decoded, last.tile) == (1, 1, True, 1, 32)


def test_a_plan_that_did_not_fit_is_not_chosen_again(card):
    fitting = card.make(24)
    wanted = fitting.plan.together
    assert fitting.sample_smaller()
    fitting.note()
    assert card.make(24).plan.together < wanted


def test_a_plan_that_was_asked_for_and_did_not_fit_says_nothing_of_the_card(card):
    fitting = card.make(12, together=16)
    asked = fitting.plan
    fitting.plan = module.Plan(together=16)
    assert fitting.sample_smaller()
    fitting.note()
    assert Calibration.load(card.file).paces[0].grown == 0
    assert asked.together < 16


def test_a_run_leaves_seconds_of_each_unit(card, monkeypatch):
    clock = iter([0.0, 8.0, 10.0, 18.0, 20.0, 24.0, 30.0, 34.0, 40.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    fitting = card.make(24, loaded=9.0)
    with fitting.timed("motion", 4):
        pass
    assert list(fitting.laps("step", ["a", "b", "c"], units=4)) == ["a", "b", "c"]
    fitting.note()
    pace = Calibration.load(card.file).paces[0]
    assert (pace.card.name, pace.size, pace.window) == ("Card", (512, 512), 25)
    # 8 s for four frames; steps of 8, 4, 4 s for four items, the first with what two windows look at
    assert pace.seconds == {"load": 9.0, "motion": 2.0, "step": 1.0, "conditions": 2.0}


def test_what_fails_is_not_timed(card):
    fitting = card.make(24)
    with pytest.raises(ValueError, match="no"), fitting.timed("motion", 1):
        raise ValueError("no")
    fitting.note()
    assert Calibration.load(card.file).paces[0].seconds == {}


def test_more_memory_than_computed_is_remembered(card, monkeypatch):
    fitting = card.make(48)
    monkeypatch.setattr(module, "most_taken", lambda device: 1.25 * fitting.estimate.memory)
    fitting.note()
    again = card.make(48)
    assert again.estimate.memory == pytest.approx(1.25 * fitting.estimate.memory)
