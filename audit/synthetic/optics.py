"""What a microscope makes of a scene: stain, light, blur, uneven background and noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit

from audit.synthetic.cells import DEBRIS, Scene

Plane = NDArray[np.float32]

_HAEMATOXYLIN = (0.95, 1.15, 0.50)
_EOSIN = (0.08, 0.62, 0.28)
"""Optical density of one unit of stain in red, green and blue: purple and pink."""


def photograph_scene(rng: np.random.Generator, scene: Scene) -> NDArray[np.uint8]:
    """Take a picture of a scene.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    scene : Scene
        Its ``look`` decides the kind of microscopy.

    Returns
    -------
    (H, W) or (H, W, 3) uint8
        Grey for interference contrast and for most fluorescence, else colour.

    Examples
    --------
    >>> from audit.synthetic.cells import make_scene
    >>> scene = make_scene(np.random.default_rng(0), "stained")
    >>> photograph_scene(np.random.default_rng(1), scene).shape == (*scene.labels.shape, 3)
    True
    >>> empty = Scene("interference", np.zeros((8, 9), np.int32), np.full((8, 9), 9, np.float32), ())
    >>> photograph_scene(np.random.default_rng(1), empty).shape
    (8, 9)
    """
    looks: dict[str, Callable[[np.random.Generator, Scene], Plane]] = {
        "fluorescence": _light_fluorescence,
        "stained": _light_stained,
        "membrane": _light_membrane,
        "interference": _light_interference,
    }
    picture = looks[scene.look](rng, scene)
    return np.asarray(np.clip(np.rint(picture * 255.0), 0, 255), dtype=np.uint8)


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> Plane:
    """Draw smooth noise of zero mean and unit spread with features of about ``scale`` pixels."""
    # Coarse noise is drawn on a coarse grid: the same look for a fraction of the time.
    step = max(int(scale / 2.5), 1)
    grid = (shape[0] // step + 3, shape[1] // step + 3)
    noise = ndimage.gaussian_filter(rng.standard_normal(grid).astype(np.float32), scale / step)
    if step > 1:
        noise = ndimage.zoom(noise, step, order=1)
    noise = noise[: shape[0], : shape[1]]
    spread = float(noise.std())
    return np.asarray((noise - noise.mean()) / (spread if spread > 0 else 1.0), dtype=np.float32)


def _fibre_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    """Draw noise that is stretched along wavy lines, like collagen."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    direction = rng.uniform(0.0, np.pi)
    across = np.cos(direction) * y - np.sin(direction) * x + 7.0 * _smooth_noise(rng, shape, 28.0)
    along = (np.cos(direction) * x + np.sin(direction) * y) / 6.0
    side = int(np.hypot(shape[0], shape[1])) + 80
    noise = _smooth_noise(rng, (side, side), 1.6)
    wavy = ndimage.map_coordinates(noise, [across, along], order=1, mode="wrap")
    return np.asarray(wavy, dtype=np.float32)


def _blur_widely(light: Plane, scale: float) -> Plane:
    """Blur widely: three box filters come close to a Gaussian and cost the same at any width."""
    for _ in range(3):
        light = ndimage.uniform_filter(light, int(2.0 * scale) | 1)
    return light


def _spread_per_cell(scene: Scene, values: NDArray[Any]) -> Plane:
    """Spread one value a cell over its pixels."""
    return np.concatenate([[0.0], values]).astype(np.float32)[scene.labels]


def _flag_debris(scene: Scene) -> NDArray[np.bool_]:
    return np.array([c == DEBRIS for c in scene.categories], dtype=np.bool_)


def _uneven_lamp(rng: np.random.Generator, shape: tuple[int, ...], depth: float) -> Plane:
    """Make a lamp that is off-centre and not quite even: a field around 1."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    cy, cx = rng.uniform(-0.35, 0.35, 2)
    falloff = 1.0 - depth * ((y - cy) ** 2 + (x - cx) ** 2) / 2.0
    return np.asarray(falloff + 0.25 * depth * _smooth_noise(rng, shape, 70.0), dtype=np.float32)


def _expose_camera(rng: np.random.Generator, light: Plane, photons: float, read: float) -> Plane:
    """Count photons (Poisson) and read them out (Gaussian noise, in photons)."""
    counted = rng.poisson(np.maximum(light, 0.0) * photons)
    return np.asarray((counted + rng.normal(0.0, read, light.shape)) / photons, dtype=np.float32)


def _blur_by_lens(rng: np.random.Generator, scene: Scene, light: Plane, sharp: float, soft: float) -> Plane:
    """Blur by the lens; some cells lie out of the focal plane and are blurred more."""
    out = _spread_per_cell(scene, rng.beta(0.6, 2.2, len(scene.categories)))
    out = ndimage.gaussian_filter(out, 3.0)
    nearby, far = ndimage.gaussian_filter(light, sharp), ndimage.gaussian_filter(light, soft)
    return np.asarray(nearby * (1.0 - out) + far * out, dtype=np.float32)


def _light_fluorescence(rng: np.random.Generator, scene: Scene) -> Plane:
    """Nuclei that glow in the dark: chromatin texture, dark nucleoli, haze."""
    shape = scene.labels.shape
    debris = _flag_debris(scene)
    bright = np.exp(rng.normal(0.0, 0.30, len(debris))) * np.where(debris, 1.35, 1.0)
    body = _spread_per_cell(scene, bright)
    dome = np.sqrt(np.clip(1.15 - scene.rim**2, 0.0, 1.0))
    chromatin = 1.0 + 0.13 * _smooth_noise(rng, shape, 1.6) + 0.10 * _smooth_noise(rng, shape, 4.0)
    nucleoli = 1.0 - 0.45 * np.clip(_smooth_noise(rng, shape, 2.6) - 1.25, 0.0, 1.0) * (scene.rim < 0.75)
    light = body * (0.35 + 0.65 * dome) * chromatin * nucleoli
    light = _blur_by_lens(rng, scene, light, float(rng.uniform(0.9, 1.3)), 2.6)
    haze = 0.16 * _blur_widely(light, 14.0) + 0.035
    light = (light + haze) * _uneven_lamp(rng, shape, 0.35) * 0.52
    grey = _expose_camera(rng, light, float(rng.uniform(90, 260)), 1.5)
    grey = np.clip(grey, 0.0, 1.0) ** 0.85
    if rng.random() < 0.55:
        return np.asarray(grey, dtype=np.float32)
    white = grey**2.2
    return np.stack([0.25 * white, 0.35 * grey + 0.25 * white, 0.03 + grey], axis=-1).astype(np.float32)


def _light_membrane(rng: np.random.Generator, scene: Scene) -> Plane:
    """Cells with a glowing membrane and a dim, granular inside around a dark nucleus."""
    shape = scene.labels.shape
    debris = _flag_debris(scene)
    level = np.exp(rng.normal(0.0, 0.25, len(debris)))
    rind = np.exp(-(((1.0 - scene.rim) / 0.10) ** 2)) * (scene.labels > 0)
    nucleus = expit((0.42 - scene.rim - 0.05 * _smooth_noise(rng, shape, 5.0)) / 0.05)
    grains = np.clip(
        1.0 + 0.32 * _smooth_noise(rng, shape, 1.1) + 0.22 * _smooth_noise(rng, shape, 3.5), 0.2, 2.5
    )
    inside = _spread_per_cell(scene, np.where(debris, 1.4, 0.42) * level) * grains
    green = inside * (1.0 - 0.72 * nucleus * _spread_per_cell(scene, ~debris))
    green = green + _spread_per_cell(scene, np.where(debris, 0.0, 0.85) * level) * rind * (
        1.0 + 0.22 * _smooth_noise(rng, shape, 3.0)
    )
    blue = (
        nucleus
        * _spread_per_cell(scene, ~debris * np.exp(rng.normal(-0.2, 0.25, len(debris))))
        * (1.0 + 0.15 * _smooth_noise(rng, shape, 2.0))
    )
    lamp = _uneven_lamp(rng, shape, 0.30)
    planes = []
    for plane, gain in ((green, 0.95), (blue, 0.85)):
        seen = _blur_by_lens(rng, scene, np.asarray(plane, dtype=np.float32), 1.0, 2.0)
        lit = (seen + 0.10 * _blur_widely(seen, 12.0) + 0.03) * lamp * gain
        planes.append(np.clip(_expose_camera(rng, np.asarray(lit, dtype=np.float32), 110.0, 1.5), 0.0, 1.0))
    green, blue = planes
    return np.stack([0.10 * green, 0.95 * green + 0.18 * blue, 0.12 * green + 0.95 * blue], axis=-1)


def _light_stained(rng: np.random.Generator, scene: Scene) -> Plane:
    """Stained tissue in bright light: purple nuclei in pink, uneven surroundings."""
    shape = scene.labels.shape
    debris = _flag_debris(scene)
    dense = np.exp(rng.normal(-0.25, 0.22, len(debris))) * np.where(debris, 1.7, 1.0)
    chromatin = np.clip(
        1.0 + 0.22 * _smooth_noise(rng, shape, 1.3) + 0.18 * _smooth_noise(rng, shape, 3.0), 0.3, 2.0
    )
    shell = 0.72 + 0.38 * np.exp(-(((0.93 - scene.rim) / 0.14) ** 2))
    purple = _spread_per_cell(scene, dense) * chromatin * shell
    tissue = 0.36 + 0.10 * _smooth_noise(rng, shape, 22.0) + 0.04 * _smooth_noise(rng, shape, 3.0)
    tissue = tissue + 0.10 * _fibre_noise(rng, shape)
    lumen = ndimage.gaussian_filter((_smooth_noise(rng, shape, 34.0) > 1.1).astype(np.float32), 2.5)
    pink = np.clip(tissue, 0.03, 1.2) * (1.0 - 0.85 * lumen * (scene.labels == 0))
    purple = _blur_by_lens(rng, scene, np.asarray(purple, dtype=np.float32), 1.0, 1.8)
    pink = ndimage.gaussian_filter(pink.astype(np.float32), 1.0)
    lamp = 0.97 * _uneven_lamp(rng, shape, 0.16)
    colours = [
        _expose_camera(rng, lamp * np.exp(-(purple * haematoxylin + pink * eosin)), 900.0, 4.0)
        for haematoxylin, eosin in zip(_HAEMATOXYLIN, _EOSIN, strict=True)
    ]
    return np.stack(colours, axis=-1)


def _light_interference(rng: np.random.Generator, scene: Scene) -> Plane:
    """Unstained cells in interference contrast: grey relief, lit from one side."""
    shape = scene.labels.shape
    debris = _flag_debris(scene)
    tall = _spread_per_cell(scene, np.exp(rng.normal(0.0, 0.15, len(debris))) * np.where(debris, 1.3, 1.0))
    dome = np.sqrt(np.clip(1.02 - scene.rim**2, 0.0, 1.0))
    organelles = 1.0 + 0.10 * _smooth_noise(rng, shape, 1.7) + 0.05 * _smooth_noise(rng, shape, 4.0)
    nucleus = 0.16 * expit((0.45 - scene.rim) / 0.05) * (tall > 0)
    height = tall * (0.40 + 0.60 * dome) * organelles + nucleus
    height = height + 0.012 * _smooth_noise(rng, shape, 6.0)
    height = ndimage.gaussian_filter(height.astype(np.float32), 1.1)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    slope = np.sin(angle) * np.gradient(height, axis=0) + np.cos(angle) * np.gradient(height, axis=1)
    absorbed = 0.05 * ndimage.gaussian_filter((tall > 0).astype(np.float32), 1.2)
    light = (0.52 + 1.25 * slope - absorbed) * _uneven_lamp(rng, shape, 0.22)
    return _expose_camera(rng, np.asarray(light, dtype=np.float32), float(rng.uniform(800, 1800)), 4.0)
