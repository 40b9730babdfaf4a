"""The drawing of a scan's memory over time."""

import importlib.util
import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "memory_over_time.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("memory_over_time", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
def test_memory_of_this_process_and_of_none(script):
    anonymous, resident = script.read_memory(os.getpid())
    assert 0 < anonymous <= resident
    assert script.read_memory(2**30) is None


def test_peaks_are_said_and_drawn(script, tmp_path):
    samples = [script.Sample(0.0, 10, 20), script.Sample(2.0, 30, 1500), script.Sample(4.0, 20, 40)]
    drawing = ET.fromstring(script.draw_svg(samples, "a scan"))
    texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "anonymous: 30 MB at most" in texts
    assert "resident: 1,500 MB at most" in texts
    script.write_csv(samples, tmp_path / "memory.csv")
    assert (tmp_path / "memory.csv").read_text().splitlines()[2] == "2.0,30.0,1500.0"
