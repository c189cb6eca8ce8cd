# SPDX-License-Identifier: GPL-3.0-or-later
"""`models fetch mofa` by the real command line, from a hub on this machine."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from core.hub_models import MOFA, RECORD
from tests.core.hub.conftest import ADAPTER, MOTION_PART, SVD_PART, TOKEN, UNET, User, content
from tests.core.hub_server import SIGNATURE, Hub
from tests.core.verbs.processes import Engine, Run, run, wait_until

UNET_PLACE = f"{SVD_PART.roots[0]}/{UNET}"


def mofa_of(done: Run) -> dict:
    assert done.code == 0, done
    return next(model for model in done.result["models"] if model["name"] == "mofa")


def test_everything_comes_to_its_place_and_nothing_else(user: User, hub: Hub) -> None:
    done = user.fetch()
    assert mofa_of(done)["state"] == "present"
    for part in MOFA.parts:
        for file in part.files:
            assert (user.mofa / part.roots[0] / file.place).read_bytes() == content(file.path)
    loaded = {item.path.partition("/resolve/")[2].partition("/")[2] for item in hub.asked if "/resolve/" in item.path}
    wanted = {file.path for part in MOFA.parts for file in part.files} | {"LICENSE.md", "README.md"}
    assert {path.replace("%2B", "+") for path in loaded} == wanted
    assert (user.mofa / SVD_PART.roots[0] / "LICENSE.md").is_file()
    assert user.parts() == []
    notice = (user.mofa / "LICENCE.txt").read_text()
    for part in MOFA.parts:
        assert part.page in notice
        assert part.licence in notice


def test_what_will_be_loaded_is_said_before_it_is(user: User, hub: Hub) -> None:
    done = user.fetch()
    kinds = [message["type"] for message in done.messages]
    note = next(message["message"] for message in done.messages if message["type"] == "note")
    loading = [k for k, message in enumerate(done.messages) if message.get("stage") == "Fetching mofa"]
    assert kinds.index("note") < min(loading)
    for part in MOFA.parts:
        for words in (part.title, part.page, part.revision[:12], part.licence, *(file.path for file in part.files)):
            assert words in note
    assert "To load: " in note
    assert "Free: " in note
    steps = [message for message in done.messages if message.get("stage") == "Fetching mofa"]
    total = sum(len(content(file.path)) for part in MOFA.parts for file in part.files) + 3 * 700
    assert {step["total"] for step in steps} == {total}
    assert [step["done"] for step in steps] == sorted(step["done"] for step in steps)
    assert steps[-1]["done"] == total


def test_commits_sizes_and_hashes_are_written_down_and_checked(user: User) -> None:
    user.fetch()
    record = json.loads((user.mofa / RECORD).read_text())
    facts = record["files"][UNET_PLACE]
    assert facts["hub"] == facts["sha256"]  # a large file: the hub tells its SHA-256
    assert (facts["size"], facts["commit"]) == (400_000, SVD_PART.revision)
    assert mofa_of(user.run("models", "verify", "--json"))["parts"][1]["commit"] == ADAPTER.revision
    file = user.mofa / UNET_PLACE
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    spoiled = user.run("models", "verify", "--json")
    assert (spoiled.error["code"], spoiled.code) == ("model-damaged", 5)
    assert str(file) in spoiled.error["message"]
    assert mofa_of(user.fetch())["state"] == "present"
    assert file.read_bytes() == content(UNET)
    file.unlink()
    gone = user.run("models", "verify", "--json")
    assert gone.error["code"] == "model-missing"
    assert str(file) in gone.error["message"]


def test_what_is_there_and_whole_needs_no_hub(user: User, hub: Hub) -> None:
    user.fetch()
    hub.asked.clear()
    assert mofa_of(user.fetch(FACESHOT_OFFLINE="1"))["state"] == "present"
    assert hub.asked == []


def test_files_of_another_commit_are_asked_for_and_only_others_are_loaded(user: User, hub: Hub) -> None:
    user.fetch()
    record = (user.mofa / RECORD).read_text()
    (user.mofa / RECORD).write_text(record.replace(SVD_PART.revision, "3" * 40))
    changed = hub.repos[SVD_PART.repository].files["vae/config.json"] = b"another one" * 9
    hub.asked.clear()
    assert mofa_of(user.fetch())["parts"][0]["commit"] == SVD_PART.revision
    assert not [item for item in hub.asked if item.host == "store"]
    assert (user.mofa / SVD_PART.roots[0] / "vae" / "config.json").read_bytes() == changed


def test_a_transfer_that_breaks_goes_on_where_it_stopped(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["cut", "503", ""]
    assert mofa_of(user.fetch())["state"] == "present"
    assert hub.ranges(UNET) == [None, "bytes=200000-", "bytes=200000-"]


def test_a_host_without_ranges_begins_anew(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["cut", "no-range"]
    assert mofa_of(user.fetch())["state"] == "present"


def test_wrong_content_is_not_kept(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["wrong"] * 9
    failed = user.fetch()
    assert (failed.error["code"], failed.code) == ("model-damaged", 5)
    assert UNET in failed.error["message"]
    assert not (user.mofa / UNET_PLACE).exists()
    assert user.parts() == []
    hub.spoil.clear()
    assert mofa_of(user.fetch())["state"] == "present"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_run_that_was_killed_is_finished_by_the_next(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["hold"]
    running = user.start()
    wait_until(lambda: any(part.stat().st_size > 100_000 for part in user.parts() if "unet" in str(part)))
    running.end(signal.SIGKILL)
    assert user.parts()
    assert mofa_of(user.run("models", "--json"))["state"] == "incomplete"
    assert mofa_of(user.fetch())["state"] == "present"
    first, second = hub.ranges(UNET)
    assert first is None
    assert int(str(second).removeprefix("bytes=").removesuffix("-")) > 100_000
    assert (user.mofa / UNET_PLACE).read_bytes() == content(UNET)
    assert user.parts() == []


def test_a_cancel_keeps_what_was_loaded(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["slow"]
    running = user.start()
    wait_until(lambda: any(part.stat().st_size > 100_000 for part in user.parts() if "unet" in str(part)))
    stopped = running.end(signal.SIGTERM)
    assert stopped.code == 130
    assert not (user.mofa / ".faceshot.lock").exists()
    assert mofa_of(user.fetch())["state"] == "present"
    assert hub.ranges(UNET)[1] is not None


# Who is let in --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "nobody is logged in"), ("hf_of_somebody_else", "has no access"), ("hf_expired", "has no access")],
)
def test_a_gated_repository_says_where_to_ask(user: User, hub: Hub, token: str, words: str) -> None:
    failed = user.fetch(HF_TOKEN=token)
    assert (failed.error["code"], failed.code) == ("access-denied", 5)
    assert SVD_PART.repository in failed.error["message"]
    assert words in failed.error["message"]
    assert SVD_PART.page in failed.error["hint"]
    assert "auth login" in failed.error["hint"]
    assert "HF_TOKEN" in failed.error["hint"]
    assert not [item for item in hub.asked if item.host == "store"]  # nothing was loaded in vain
    failed.assert_plain_words()


def test_the_login_of_the_hub_is_used(user: User, hub: Hub) -> None:
    (user.folder / "home").mkdir()
    (user.folder / "home" / "token").write_text(TOKEN)
    assert mofa_of(user.fetch(HF_TOKEN=""))["state"] == "present"


def test_the_login_goes_to_the_gated_repository_alone_and_nowhere_else(user: User, hub: Hub) -> None:
    done = user.run("models", "fetch", "mofa", "--json", "--debug")
    assert done.code == 0
    told = {item.path for item in hub.asked if item.authorization}
    assert told
    assert all(SVD_PART.repository in path for path in told)
    assert not any(item.authorization for item in hub.asked if item.host == "store")
    assert not any("torch/" in item.agent or "agent/" in item.agent for item in hub.asked)
    assert TOKEN not in done.out + done.err
    assert SIGNATURE not in done.out + done.err
    for path in user.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


# What can be in the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["FACESHOT_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_asks_nobody(user: User, hub: Hub, variable: str) -> None:
    failed = user.fetch(**{variable: "1"})
    assert (failed.error["code"], failed.code) == ("offline", 5)
    assert variable in failed.error["message"]
    assert "FACESHOT_MOFA" in failed.error["hint"]
    assert hub.asked == []


def test_a_hub_that_is_down_is_said(user: User) -> None:
    failed = user.fetch(HF_ENDPOINT="http://127.0.0.1:9")
    assert failed.error["code"] == "offline"
    assert "127.0.0.1:9" in failed.error["message"]
    failed.assert_plain_words()


def test_a_page_for_people_is_no_hub(user: User, hub: Hub) -> None:
    hub.portal = True
    failed = user.fetch()
    assert failed.error["code"] == "offline"
    assert "does not answer as a model hub does" in failed.error["message"]


def test_a_host_that_is_busy_for_long_is_said(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["503"] * 9
    failed = user.fetch()
    assert failed.error["code"] == "offline"
    assert "503" in failed.error["message"]
    assert "kept" in failed.error["hint"]


def test_a_file_that_the_hub_lacks_is_named(user: User, hub: Hub) -> None:
    del hub.repos[ADAPTER.repository].files[MOTION_PART.files[0].path]
    failed = user.fetch()
    assert (failed.error["code"], failed.code) == ("model-missing", 5)
    assert MOTION_PART.files[0].path in failed.error["message"]
    assert not user.mofa.exists()


@pytest.mark.parametrize("what", ["commit", "repository"])
def test_what_has_gone_from_the_hub_is_named(user: User, hub: Hub, what: str) -> None:
    if what == "commit":
        hub.repos[SVD_PART.repository].commit = "1" * 40
    else:
        del hub.repos[SVD_PART.repository]
    failed = user.fetch()
    assert failed.error["code"] == "model-missing"
    assert SVD_PART.repository in failed.error["message"]
    assert SVD_PART.page in failed.error["hint"]


def test_a_disk_that_is_too_small_is_said_before_anything_is_loaded(user: User, hub: Hub) -> None:
    prelude = (
        "import shutil\nfrom types import SimpleNamespace\nshutil.disk_usage = lambda path: SimpleNamespace(free=1000)"
    )
    failed = run("models", "fetch", "mofa", "--json", variables=user.variables, prelude=prelude, cwd=user.folder)
    assert (failed.error["code"], failed.code) == ("disk-full", 3)
    assert "1000 bytes" in failed.error["message"]
    assert not [item for item in hub.asked if item.host == "store"]


# A folder of the user's own -------------------------------------------------------------------------------------------


def test_parts_that_the_user_put_there_are_left_as_they_are(user: User, hub: Hub) -> None:
    own = user.mofa / "ckpts" / "mofa" / SVD_PART.roots[0]
    for file in SVD_PART.files:
        path = own / file.place.replace(".fp16", "")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"my own")
    done = user.fetch()
    assert mofa_of(done)["state"] == "present"
    assert [part["commit"] for part in mofa_of(done)["parts"]] == ["", ADAPTER.revision, ADAPTER.revision]
    assert all(path.read_bytes() == b"my own" for path in own.rglob("*") if path.is_file())
    assert not any(SVD_PART.repository in item.path for item in hub.asked)
    assert user.run("models", "verify").code == 0


def test_another_file_of_the_users_is_not_written_over(user: User) -> None:
    file = user.mofa / UNET_PLACE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half a download of another program")
    failed = user.fetch()
    assert (failed.error["code"], failed.code) == ("output-unwritable", 3)
    assert str(file) in failed.error["message"]
    assert file.read_bytes() == b"half a download of another program"


def test_the_right_file_of_the_users_is_taken(user: User, hub: Hub) -> None:
    file = user.mofa / UNET_PLACE
    file.parent.mkdir(parents=True)
    file.write_bytes(content(UNET))
    assert mofa_of(user.fetch())["state"] == "present"
    assert hub.ranges(UNET) == []


def test_what_other_programs_have_loaded_is_not_loaded_again(user: User, hub: Hub) -> None:
    name = SVD_PART.repository.replace("/", "--")
    kept = user.folder / "home" / "hub" / f"models--{name}" / "snapshots" / SVD_PART.revision / UNET
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content(UNET))
    assert mofa_of(user.fetch())["state"] == "present"
    assert hub.ranges(UNET) == []
    assert kept.is_file()


def test_a_folder_that_the_user_names_is_where_they_come_to(user: User, tmp_path) -> None:
    own = tmp_path / "on a large disk"
    done = user.fetch(FACESHOT_MOFA=str(own))
    assert mofa_of(done)["path"] == str(own)
    assert (own / UNET_PLACE).read_bytes() == content(UNET)
    assert not user.mofa.exists()


def test_a_folder_of_the_users_may_be_read_only(user: User, hub: Hub) -> None:
    for part in MOFA.parts:
        for file in part.files:
            path = user.mofa / part.roots[0] / file.place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"my own")
    before = sorted(user.mofa.rglob("*"))
    assert mofa_of(user.fetch())["state"] == "present"
    assert sorted(user.mofa.rglob("*")) == before
    assert hub.asked == []


def test_a_second_run_at_the_same_time_is_told_so(user: User, hub: Hub) -> None:
    hub.spoil[UNET] = ["hold"]
    running = user.start()
    wait_until((user.mofa / ".faceshot.lock").exists)
    failed = user.fetch()
    assert failed.error["code"] == "output-unwritable"
    assert "Another run" in failed.error["message"]
    hub.go_on.set()
    running.wait_for("result")
    running.end(signal.SIGTERM)


# By the engine, for Blender -------------------------------------------------------------------------------------------


@pytest.fixture
def engine(user: User):
    engine = Engine(variables=user.variables, cwd=user.folder)
    yield engine
    engine.close()


def test_the_engine_says_what_it_loads_and_lets_go_when_told(user: User, hub: Hub, engine: Engine) -> None:
    hub.spoil[UNET] = ["slow"]
    asked = engine.ask("models", action="fetch", what="mofa")
    assert SVD_PART.licence in engine.wait_for("note", id=asked)["message"]
    wait_until(lambda: any(part.stat().st_size > 100_000 for part in user.parts() if "unet" in str(part)))
    engine.send(cancel=asked)
    assert engine.wait_for("error", "result", id=asked)["error"]["code"] == "cancelled"
    again = engine.answer("models", action="fetch", what="mofa")
    assert next(model["state"] for model in again["models"] if model["name"] == "mofa") == "present"
    assert hub.ranges(UNET)[1] is not None


def test_an_engine_that_has_drawn_reports_no_more_than_another(user: User, hub: Hub) -> None:
    """huggingface_hub may have been imported by others before, with its reports on."""
    prelude = "import huggingface_hub, huggingface_hub.constants as c\nassert not c.HF_HUB_DISABLE_TELEMETRY"
    done = run("models", "fetch", "mofa", "--json", variables=user.variables, prelude=prelude, cwd=user.folder)
    assert mofa_of(done)["state"] == "present"
    assert not any("torch/" in item.agent or "agent/" in item.agent for item in hub.asked)


# Without huggingface_hub ----------------------------------------------------------------------------------------------


def test_an_engine_without_the_package_says_how_to_make_one(tmp_path) -> None:
    hidden = "import sys\nsys.modules['huggingface_hub'] = None"
    variables = {"FACESHOT_MODELS": str(tmp_path), "FACESHOT_MOFA": "", "FACESHOT_OFFLINE": ""}
    failed = run("models", "fetch", "mofa", "--json", variables=variables, prelude=hidden, cwd=tmp_path)
    assert (failed.error["code"], failed.code) == ("backend-missing", 5)
    assert "huggingface_hub" in failed.error["message"]
    assert "--torch" in failed.error["hint"]
    failed.assert_plain_words()


def test_the_list_and_the_check_show_the_parts(tmp_path) -> None:
    variables = {"FACESHOT_MODELS": str(tmp_path), "FACESHOT_MOFA": ""}
    shown = run("models", variables=variables, cwd=tmp_path)
    asked = run("models", "show", "mofa", variables=variables, cwd=tmp_path)
    for part in MOFA.parts:
        for words in (part.title, part.page, part.revision, part.licence):
            assert words in shown.out
            assert words in asked.out
    assert "mesh-468" not in asked.out
    checked = run("doctor", "--json", variables=variables, cwd=tmp_path).result
    assert {model["name"]: model["state"] for model in checked["models"]}["mofa"] == "missing"
    packages = {package["name"]: package["version"] for package in checked["packages"]}
    assert any("models fetch mofa" in advice for advice in checked["advice"]) == bool(packages["torch"])
