"""Lay outlines on the pictures' edges and note how well they fit in the instances table."""

from __future__ import annotations

import numpy as np

from audit.geometry.edge_profile import compare_edges_beside
from audit.geometry.edges import fit_edges
from audit.measure.column_table import ColumnTable
from audit.measure.opened_pictures import OpenedPicture
from audit.measure.schema import INSTANCES, Measurements, table

_DIGITS = 4
_EDGE_COLUMNS = ("edge_here", "edge_best", "edge_x", "edge_y", "edge_beside")


class EdgeContrast:
    """The edge columns of the instances table, filled picture by picture.

    Parameters
    ----------
    measurements : Measurements

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(EdgeContrast(empty_measurements()).fill_table())
    0
    """

    def __init__(self, measurements: Measurements) -> None:
        self.is_wanted = np.ones(len(measurements.images), dtype=np.bool_)
        self._instances = measurements.instances
        self._columns = {name: measurements.instances[name].to_numpy().copy() for name in _EDGE_COLUMNS}

    def measure(self, opened: OpenedPicture) -> None:
        """Lay the outlines of an image on its picture."""
        edge_fit = fit_edges(opened.runs, opened.channels)
        edge_beside = compare_edges_beside(opened.runs, opened.channels)
        columns, rows = self._columns, opened.rows
        columns["edge_here"][rows], columns["edge_best"][rows] = (
            share.round(_DIGITS) for share in (edge_fit.here, edge_fit.best)
        )
        columns["edge_x"][rows], columns["edge_y"][rows] = edge_fit.x, edge_fit.y
        columns["edge_beside"][rows] = edge_beside.round(_DIGITS)

    def fill_table(self) -> ColumnTable:
        """Return the instances table with what was seen."""
        return table(INSTANCES, {name: self._columns.get(name, self._instances[name]) for name in INSTANCES})
