"""Do several processes train the model that one trains, also after one of them was killed?"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent
RUN = str(ROOT / "tests" / "distributed_run.py")
ALONE = {**{name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}, "OMP_NUM_THREADS": "1",
         "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def run(path, processes=2, expect=0, **options) -> dict | None:
    """What a run of tests/distributed_run.py by so many processes wrote."""
    start = [sys.executable, RUN] if processes == 1 else [
        sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}", f"--master-port={free_port()}", RUN]
    done = subprocess.run([*start, str(path), json.dumps(options)], env=ALONE, capture_output=True, text=True, timeout=300)
    assert (done.returncode == 0) == (expect == 0), done.stderr[-3000:]
    return torch.load(path, weights_only=True) if expect == 0 else None


def assert_same(one, two):
    """Both runs took the same steps and ended with the same weights."""
    torch.testing.assert_close(torch.tensor(two["loss"]), torch.tensor(one["loss"]), rtol=0, atol=1e-5)
    assert one["weights"].keys() == two["weights"].keys()
    for name, weight in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], weight, rtol=0, atol=1e-5,
                                   msg=lambda m, name=name: f"several processes train another {name}: {m}")


@pytest.mark.parametrize("options", [{}, {"batch_size": 7, "piece_tokens": 40, "keep_less": True}, {"lora": True}],
                         ids=["full", "in pieces that keep less", "lora"])
def test_two_processes_train_the_model_that_one_trains(tmp_path, options):
    """60 steps on texts of unequal length. The last batch of each epoch has one example, so one process has none."""
    one = run(tmp_path / "one.pt", 1, **options)
    assert len(one["loss"]) == 60
    for kind in ("ddp", "fsdp"):
        assert_same(one, run(tmp_path / f"{kind}.pt", 2, together=kind, **options))


@pytest.mark.parametrize(("kind", "who", "step"), [("ddp", 0, 13), ("fsdp", 1, 22)])
def test_a_run_goes_on_after_a_process_was_killed_with_two_and_with_one(tmp_path, kind, who, step):
    import shutil
    whole = run(tmp_path / "whole.pt", 1, epochs=5)
    state = tmp_path / "state"
    run(tmp_path / "killed.pt", 2, expect=1, epochs=5, together=kind, out=str(state), kill=step, who=who)
    assert not (tmp_path / "killed.pt").exists() and (state / "training_state.pt").exists()
    for processes in (2, 1):
        own = tmp_path / f"state for {processes}"
        shutil.copytree(state, own)
        assert_same(whole, run(tmp_path / f"{processes}.pt", processes, epochs=5, together=kind, out=str(own)))


@pytest.mark.parametrize("trouble", ["a process never comes", "the port is in use"])
def test_processes_that_do_not_meet_end_with_one_sentence(tmp_path, trouble):
    with socket.socket() as place:
        port = free_port()
        if trouble == "the port is in use":
            place.bind(("127.0.0.1", 0))
            place.listen()
            port = place.getsockname()[1]
        env = {**ALONE, "RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        done = subprocess.run([sys.executable, RUN, str(tmp_path / "out.pt"), '{"seconds": 3}'], env=env, capture_output=True,
                              text=True, timeout=120)
    says = "InputError: The 2 processes did not meet within 3 seconds"
    assert done.returncode != 0 and says in done.stderr, done.stderr[-2000:]


def test_another_way_to_work_together_is_refused(make_model):
    from tinyllm import InputError, TrainConfig, Trainer
    with pytest.raises(InputError, match="'horovod'; there are: ddp, fsdp"):
        Trainer(make_model(), TrainConfig(device="cpu", together="horovod"))


def test_train_py_pretrains_tunes_and_tunes_by_lora(tmp_path):
    pairs = tmp_path / "my.jsonl"
    rows = [{"prompt": f"Who has number {i}?", "completion": f" Anna has {i}."} for i in range(16)]
    pairs.write_text("\n".join(map(json.dumps, rows)))
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join(f"Marta lives in house {i}. She has a red boat." for i in range(60)))
    script = [sys.executable, str(ROOT / "lessons" / "train.py"), "--device", "cpu", "--out", str(tmp_path)]
    for given, written in (([str(pairs)], "model/weights.pt"), ([str(pairs), "--lora", "2"], "lora.pt"),
                           ([str(text), "--shape", "1x16x2", "--vocabulary", "300", "--length", "32"], "model/weights.pt")):
        (tmp_path / written).unlink(missing_ok=True)
        done = subprocess.run([*script, *given], env=ALONE, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and (tmp_path / written).exists(), done.stderr[-2000:]
        assert "the loss goes from" in done.stdout
        is_new = "--shape" in given
        asked = f"--model {tmp_path / 'model'}" if is_new else done.stdout.partition("lessons/try.py ")[2].strip()
        command = [sys.executable, str(ROOT / "lessons" / "try.py"), *asked.split(), "Who has number 3?"]
        answered = subprocess.run(command, env=ALONE, capture_output=True, text=True, timeout=300)
        if is_new:
            assert answered.returncode == 2 and "has tokens of its own" in answered.stderr
        else:
            assert answered.returncode == 0 and "base:" in answered.stdout, answered.stderr[-2000:]
    for given, says in ((["nothing.jsonl"], "There is no file"), ([str(text), "--shape", "big"], "write layers x width x heads"),
                        ([str(text), "--length", "9999"], "nothing to train on")):
        done = subprocess.run([*script, *given], env=ALONE, capture_output=True, text=True, timeout=300)
        assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr, done.stderr[-2000:]
