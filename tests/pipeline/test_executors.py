import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audit.pipeline.executors import WorkersError, map_shards


@pytest.fixture(scope="module")
def work():
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)  # worker processes get this path too
    import deadly_work

    yield deadly_work
    sys.path.remove(folder)


def pieces(work, *lengths):
    """Return pieces that together hold 0, 1, 2 ..."""
    ends = np.cumsum([0, *lengths])
    return [work.Numbers(np.arange(a, b)) for a, b in pairwise(ends)]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_results_come_in_order(work, workers):
    items = pieces(work, 3, 1, 4, 1, 5)
    assert list(map_shards(work.total, items, workers)) == [work.total(i) for i in items]


def test_any_executor_will_do(work):
    with ThreadPoolExecutor(2) as executor:
        items = pieces(work, 2, 2, 2)
        assert list(map_shards(work.total, items, 2, executor=executor)) == [1, 5, 9]


def test_few_items_are_in_flight(work):
    taken = []

    def items():
        for item in pieces(work, *[1] * 20):
            taken.append(item)
            yield item

    with ThreadPoolExecutor(2) as executor:
        results = map_shards(work.total, items(), 2, executor=executor)
        next(results)
        assert len(taken) == 4


def test_few_results_wait_for_a_slow_item(work, tmp_path):
    taken = []

    def items():
        for item in pieces(work, *[1] * 20):
            taken.append(item)
            yield work.Counted(item.values, str(tmp_path))

    results = map_shards(work.hold_up_at_zero, items(), 2)
    assert next(results) == 0
    assert len(taken) == 4
    assert list(results) == list(range(1, 20))


def test_progress_counts_parts(work):
    seen = []
    list(map_shards(work.total, pieces(work, 3, 0, 4), 0, on_done=seen.append))
    assert seen == [3, 0, 4]


def test_a_part_that_kills_is_left_out_and_named(work):
    lost, seen = [], []
    items = pieces(work, 4, 6, 3)
    found = list(map_shards(work.die_on_seven, items, 2, on_done=seen.append, on_lost=lost.append))
    assert found == [[0, 1, 2, 3], [4, 5, 6, 8, 9], [10, 11, 12]]
    assert [part.values.tolist() for part in lost] == [[7]]
    assert sum(seen) == 13


def test_two_parts_that_kill_only_together(work):
    lost = []
    found = list(map_shards(work.die_on_five_with_seven, pieces(work, 10), 2, on_lost=lost.append))
    assert found == [[0, 1, 2, 3, 4, 5, 6, 8, 9]]
    assert [part.values.tolist() for part in lost] == [[7]]


def test_an_item_may_be_lost_as_a_whole(work):
    lost = []
    assert list(map_shards(work.always_die, pieces(work, 2), 2, on_lost=lost.append)) == []
    assert [part.values.tolist() for part in lost] == [[0], [1]]


def test_endless_dying_ends(work, monkeypatch):
    monkeypatch.setattr("audit.pipeline.executors.MAX_LOST", 2)
    with pytest.raises(WorkersError, match="died 3 times"):
        list(map_shards(work.always_die, pieces(work, 5), 2))


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_an_exception_is_passed_on(work, workers):
    with pytest.raises(ValueError, match="no good: 0"):
        list(map_shards(work.fail, pieces(work, 2), workers))


def test_an_exception_brings_the_worker_s_trace(work):
    with pytest.raises(ValueError, match="no good: 0") as caught:
        list(map_shards(work.fail, pieces(work, 2), 2))
    assert "in fail" in caught.value.__notes__[0]


def test_an_exception_that_cannot_be_sent_is_told_in_words(work):
    with pytest.raises(RuntimeError, match="StubbornError: cannot be put together"):
        list(map_shards(work.fail_stubbornly, pieces(work, 2), 2))


def test_workers_outlive_many_deaths(work):
    lost = []
    items = pieces(work, *[2] * 10)
    found = list(map_shards(work.die_on_multiples_of_three, items, 3, on_lost=lost.append))
    assert [n for values in found for n in values] == [n for n in range(20) if n % 3]
    assert sorted(int(part.values[0]) for part in lost) == list(range(0, 20, 3))


def test_no_process_is_left(work):
    list(map_shards(work.total, pieces(work, 1, 2, 3), 2))
    with pytest.raises(ValueError, match="no good"):
        list(map_shards(work.fail, pieces(work, 2), 2))
    running = map_shards(work.total, pieces(work, 1, 2, 3), 2)
    next(running)
    running.close()
    assert multiprocessing.active_children() == []


def test_no_items_start_no_process(work, monkeypatch):
    monkeypatch.setattr("audit.pipeline.executors.start_workers", None)
    assert list(map_shards(work.total, [], 2)) == []


def test_a_script_without_the_guard_is_told(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from audit.pipeline.executors import WorkersError, map_shards\n"
        "import numpy as np\n"
        "try:\n"
        "    list(map_shards(len, [np.arange(3)], 2))\n"
        "except WorkersError as error:\n"  # not what multiprocessing raises in the worker itself
        "    print('told:', error)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("told: worker processes cannot start")
    assert 'if __name__ == "__main__"' in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals that kill")
def test_a_worker_that_is_killed_while_it_starts_is_started_again(work, monkeypatch, tmp_path):
    monkeypatch.setattr("audit.pipeline.workers._serve_calls", work.serve_from_the_second_start_on)
    monkeypatch.setenv("STARTS", str(tmp_path))
    # A fork server has the environment that there was when it started.
    spawn = multiprocessing.get_context("spawn")
    monkeypatch.setattr("audit.pipeline.workers._choose_context", lambda _: spawn)
    assert list(map_shards(work.total, pieces(work, 3), 1)) == [3]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals that kill")
def test_workers_that_are_always_killed_while_they_start_say_what_helps(work, monkeypatch):
    monkeypatch.setattr("audit.pipeline.workers._serve_calls", work.die_at_once)
    with pytest.raises(WorkersError, match=r"killed while they started, 3 times: .* fewer --workers"):
        list(map_shards(work.total, pieces(work, 3), 1))
