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
    light_functions: dict[str, Callable[[np.random.Generator, Scene], Plane]] = {
        "fluorescence": _light_fluorescence,
        "stained": _light_stained,
        "membrane": _light_membrane,
        "interference": _light_interference,
    }
    picture = light_functions[scene.look](rng, scene)
    return np.asarray(np.clip(np.rint(picture * 255.0), 0, 255), dtype=np.uint8)


def _smooth_noise(rng: np.random.Generator, image_shape: tuple[int, ...], feature_px: float) -> Plane:
    """Draw smooth noise of zero mean and unit spread with features of about ``feature_px`` pixels."""
    # Coarse noise is drawn on a coarse grid: the same look for a fraction of the time.
    grid_step = max(int(feature_px / 2.5), 1)
    grid_shape = (image_shape[0] // grid_step + 3, image_shape[1] // grid_step + 3)
    noise = ndimage.gaussian_filter(
        rng.standard_normal(grid_shape).astype(np.float32), feature_px / grid_step
    )
    if grid_step > 1:
        noise = ndimage.zoom(noise, grid_step, order=1)
    noise = noise[: image_shape[0], : image_shape[1]]
    deviation = float(noise.std())
    return np.asarray((noise - noise.mean()) / (deviation if deviation > 0 else 1.0), dtype=np.float32)


def _fibre_noise(rng: np.random.Generator, image_shape: tuple[int, ...]) -> Plane:
    """Draw noise that is stretched along wavy lines, like collagen."""
    row_grid, column_grid = np.mgrid[: image_shape[0], : image_shape[1]].astype(np.float32)
    direction = rng.uniform(0.0, np.pi)
    across = (
        np.cos(direction) * row_grid
        - np.sin(direction) * column_grid
        + 7.0 * _smooth_noise(rng, image_shape, 28.0)
    )
    along = (np.cos(direction) * column_grid + np.sin(direction) * row_grid) / 6.0
    noise_side = int(np.hypot(image_shape[0], image_shape[1])) + 80
    noise = _smooth_noise(rng, (noise_side, noise_side), 1.6)
    wavy_noise = ndimage.map_coordinates(noise, [across, along], order=1, mode="wrap")
    return np.asarray(wavy_noise, dtype=np.float32)


def _blur_widely(light_plane: Plane, sigma_px: float) -> Plane:
    """Blur widely: three box filters come close to a Gaussian and cost the same at any width."""
    for _ in range(3):
        light_plane = ndimage.uniform_filter(light_plane, int(2.0 * sigma_px) | 1)
    return light_plane


def _spread_per_cell(scene: Scene, cell_values: NDArray[Any]) -> Plane:
    """Spread one value a cell over its pixels."""
    return np.concatenate([[0.0], cell_values]).astype(np.float32)[scene.labels]


def _flag_debris(scene: Scene) -> NDArray[np.bool_]:
    return np.array([category == DEBRIS for category in scene.categories], dtype=np.bool_)


def _uneven_lamp(rng: np.random.Generator, image_shape: tuple[int, ...], falloff_depth: float) -> Plane:
    """Make a lamp that is off-centre and not quite even: a field around 1."""
    row_grid, column_grid = np.mgrid[-1 : 1 : image_shape[0] * 1j, -1 : 1 : image_shape[1] * 1j]
    centre_y, centre_x = rng.uniform(-0.35, 0.35, 2)
    falloff = 1.0 - falloff_depth * ((row_grid - centre_y) ** 2 + (column_grid - centre_x) ** 2) / 2.0
    return np.asarray(
        falloff + 0.25 * falloff_depth * _smooth_noise(rng, image_shape, 70.0), dtype=np.float32
    )


def _expose_camera(rng: np.random.Generator, light_plane: Plane, photons: float, read_noise: float) -> Plane:
    """Count photons (Poisson) and read them out (Gaussian noise, in photons)."""
    counted = rng.poisson(np.maximum(light_plane, 0.0) * photons)
    return np.asarray((counted + rng.normal(0.0, read_noise, light_plane.shape)) / photons, dtype=np.float32)


def _blur_by_lens(
    rng: np.random.Generator, scene: Scene, light_plane: Plane, sharp_sigma: float, soft_sigma: float
) -> Plane:
    """Blur by the lens; some cells lie out of the focal plane and are blurred more."""
    out_of_focus = _spread_per_cell(scene, rng.beta(0.6, 2.2, len(scene.categories)))
    out_of_focus = ndimage.gaussian_filter(out_of_focus, 3.0)
    in_focus = ndimage.gaussian_filter(light_plane, sharp_sigma)
    defocused = ndimage.gaussian_filter(light_plane, soft_sigma)
    return np.asarray(in_focus * (1.0 - out_of_focus) + defocused * out_of_focus, dtype=np.float32)


def _light_fluorescence(rng: np.random.Generator, scene: Scene) -> Plane:
    """Nuclei that glow in the dark: chromatin texture, dark nucleoli, haze."""
    image_shape = scene.labels.shape
    is_debris = _flag_debris(scene)
    brightness = np.exp(rng.normal(0.0, 0.30, len(is_debris))) * np.where(is_debris, 1.35, 1.0)
    cell_light = _spread_per_cell(scene, brightness)
    dome_height = np.sqrt(np.clip(1.15 - scene.rim**2, 0.0, 1.0))
    chromatin = (
        1.0 + 0.13 * _smooth_noise(rng, image_shape, 1.6) + 0.10 * _smooth_noise(rng, image_shape, 4.0)
    )
    nucleoli = 1.0 - 0.45 * np.clip(_smooth_noise(rng, image_shape, 2.6) - 1.25, 0.0, 1.0) * (
        scene.rim < 0.75
    )
    light_plane = cell_light * (0.35 + 0.65 * dome_height) * chromatin * nucleoli
    light_plane = _blur_by_lens(rng, scene, light_plane, float(rng.uniform(0.9, 1.3)), 2.6)
    haze_light = 0.16 * _blur_widely(light_plane, 14.0) + 0.035
    light_plane = (light_plane + haze_light) * _uneven_lamp(rng, image_shape, 0.35) * 0.52
    grey_plane = _expose_camera(rng, light_plane, float(rng.uniform(90, 260)), 1.5)
    grey_plane = np.clip(grey_plane, 0.0, 1.0) ** 0.85
    if rng.random() < 0.55:
        return np.asarray(grey_plane, dtype=np.float32)
    white_plane = grey_plane**2.2
    return np.stack(
        [0.25 * white_plane, 0.35 * grey_plane + 0.25 * white_plane, 0.03 + grey_plane], axis=-1
    ).astype(np.float32)


def _light_membrane(rng: np.random.Generator, scene: Scene) -> Plane:
    """Cells with a glowing membrane and a dim, granular inside around a dark nucleus."""
    image_shape = scene.labels.shape
    is_debris = _flag_debris(scene)
    cell_level = np.exp(rng.normal(0.0, 0.25, len(is_debris)))
    membrane = np.exp(-(((1.0 - scene.rim) / 0.10) ** 2)) * (scene.labels > 0)
    nucleus_light = expit((0.42 - scene.rim - 0.05 * _smooth_noise(rng, image_shape, 5.0)) / 0.05)
    granularity = np.clip(
        1.0 + 0.32 * _smooth_noise(rng, image_shape, 1.1) + 0.22 * _smooth_noise(rng, image_shape, 3.5),
        0.2,
        2.5,
    )
    inner_light = _spread_per_cell(scene, np.where(is_debris, 1.4, 0.42) * cell_level) * granularity
    green_plane = inner_light * (1.0 - 0.72 * nucleus_light * _spread_per_cell(scene, ~is_debris))
    green_plane = green_plane + _spread_per_cell(
        scene, np.where(is_debris, 0.0, 0.85) * cell_level
    ) * membrane * (1.0 + 0.22 * _smooth_noise(rng, image_shape, 3.0))
    blue_plane = (
        nucleus_light
        * _spread_per_cell(scene, ~is_debris * np.exp(rng.normal(-0.2, 0.25, len(is_debris))))
        * (1.0 + 0.15 * _smooth_noise(rng, image_shape, 2.0))
    )
    lamp_field = _uneven_lamp(rng, image_shape, 0.30)
    exposed_planes = []
    for colour_plane, plane_gain in ((green_plane, 0.95), (blue_plane, 0.85)):
        blurred_plane = _blur_by_lens(rng, scene, np.asarray(colour_plane, dtype=np.float32), 1.0, 2.0)
        lit_plane = (
            (blurred_plane + 0.10 * _blur_widely(blurred_plane, 12.0) + 0.03) * lamp_field * plane_gain
        )
        exposed_planes.append(
            np.clip(_expose_camera(rng, np.asarray(lit_plane, dtype=np.float32), 110.0, 1.5), 0.0, 1.0)
        )
    green_plane, blue_plane = exposed_planes
    return np.stack(
        [0.10 * green_plane, 0.95 * green_plane + 0.18 * blue_plane, 0.12 * green_plane + 0.95 * blue_plane],
        axis=-1,
    )


def _light_stained(rng: np.random.Generator, scene: Scene) -> Plane:
    """Stained tissue in bright light: purple nuclei in pink, uneven surroundings."""
    image_shape = scene.labels.shape
    is_debris = _flag_debris(scene)
    stain_density = np.exp(rng.normal(-0.25, 0.22, len(is_debris))) * np.where(is_debris, 1.7, 1.0)
    chromatin = np.clip(
        1.0 + 0.22 * _smooth_noise(rng, image_shape, 1.3) + 0.18 * _smooth_noise(rng, image_shape, 3.0),
        0.3,
        2.0,
    )
    nucleus_shell = 0.72 + 0.38 * np.exp(-(((0.93 - scene.rim) / 0.14) ** 2))
    purple_stain = _spread_per_cell(scene, stain_density) * chromatin * nucleus_shell
    tissue_stain = (
        0.36 + 0.10 * _smooth_noise(rng, image_shape, 22.0) + 0.04 * _smooth_noise(rng, image_shape, 3.0)
    )
    tissue_stain = tissue_stain + 0.10 * _fibre_noise(rng, image_shape)
    lumen_mask = ndimage.gaussian_filter(
        (_smooth_noise(rng, image_shape, 34.0) > 1.1).astype(np.float32), 2.5
    )
    pink_stain = np.clip(tissue_stain, 0.03, 1.2) * (1.0 - 0.85 * lumen_mask * (scene.labels == 0))
    purple_stain = _blur_by_lens(rng, scene, np.asarray(purple_stain, dtype=np.float32), 1.0, 1.8)
    pink_stain = ndimage.gaussian_filter(pink_stain.astype(np.float32), 1.0)
    lamp_field = 0.97 * _uneven_lamp(rng, image_shape, 0.16)
    colour_planes = [
        _expose_camera(
            rng, lamp_field * np.exp(-(purple_stain * haematoxylin + pink_stain * eosin)), 900.0, 4.0
        )
        for haematoxylin, eosin in zip(_HAEMATOXYLIN, _EOSIN, strict=True)
    ]
    return np.stack(colour_planes, axis=-1)


def _light_interference(rng: np.random.Generator, scene: Scene) -> Plane:
    """Unstained cells in interference contrast: grey relief, lit from one side."""
    image_shape = scene.labels.shape
    is_debris = _flag_debris(scene)
    cell_height = _spread_per_cell(
        scene, np.exp(rng.normal(0.0, 0.15, len(is_debris))) * np.where(is_debris, 1.3, 1.0)
    )
    dome_height = np.sqrt(np.clip(1.02 - scene.rim**2, 0.0, 1.0))
    organelles = (
        1.0 + 0.10 * _smooth_noise(rng, image_shape, 1.7) + 0.05 * _smooth_noise(rng, image_shape, 4.0)
    )
    nucleus_height = 0.16 * expit((0.45 - scene.rim) / 0.05) * (cell_height > 0)
    relief = cell_height * (0.40 + 0.60 * dome_height) * organelles + nucleus_height
    relief = relief + 0.012 * _smooth_noise(rng, image_shape, 6.0)
    relief = ndimage.gaussian_filter(relief.astype(np.float32), 1.1)
    light_angle = rng.uniform(0.0, 2.0 * np.pi)
    relief_slope = np.sin(light_angle) * np.gradient(relief, axis=0) + np.cos(light_angle) * np.gradient(
        relief, axis=1
    )
    absorbed = 0.05 * ndimage.gaussian_filter((cell_height > 0).astype(np.float32), 1.2)
    light_plane = (0.52 + 1.25 * relief_slope - absorbed) * _uneven_lamp(rng, image_shape, 0.22)
    return _expose_camera(rng, np.asarray(light_plane, dtype=np.float32), float(rng.uniform(800, 1800)), 4.0)
