"""Where what a hit is about stands: the name of its source and a JSON pointer into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.record_places import WITHOUT_COCO_FIELDS, point_at_record
from audit.detectors.hit_columns import look_up
from audit.findings.text_columns import Texts, code_texts, join_columns
from audit.measure.schema import Measurements

IntArray = NDArray[np.int64]


class HitLocator:
    """Points at the records that hits are about."""

    def __init__(self, measurements: Measurements, columns: Mapping[str, Mapping[str, NDArray[Any]]]) -> None:
        """Take the tables, and the columns of them that `hit_findings.HitConverter` looked up."""
        self._measurements = measurements
        self._columns = columns

    def locate(
        self,
        fields: Sequence[str],
        first_categories: Sequence[int],
        first_rows: IntArray,
        image_rows: IntArray,
    ) -> tuple[Any, Any]:
        """Return the name of the source and the JSON pointer of what each hit is about.

        Parameters
        ----------
        fields : sequence of str
            The field of the record that the pointer ends on; empty = the record itself.
        first_categories : sequence of int
            Row of the categories table; -1 = none. Read where there is neither instance nor image.
        first_rows : (n,) int64
            Row of the instances table; -1 = none.
        image_rows : (n,) int64
            Row of the images table; -1 = none.
        """
        if len(set(fields)) == 1 and self.are_in_coco_files(first_rows):
            return self.locate_rows(fields[0], first_rows)
        instances, images, categories = (
            self._columns[name] for name in ("instances", "images", "categories")
        )
        sources, pointers = [], []
        columns = (
            first_rows.tolist(),
            look_up(instances["source"], first_rows),
            look_up(instances["index"], first_rows),
            image_rows.tolist(),
        )
        for field, category_row, first_row, source, index, image_row in zip(
            fields, first_categories, *columns, strict=True
        ):
            if first_row >= 0:
                pointer = self._point_at(source, "annotations", index, image_row)
                has_fields = self._format_of(source) not in WITHOUT_COCO_FIELDS
                if field and pointer[:1] == "/" and has_fields:
                    pointer = f"{pointer}/{field}"
            elif image_row >= 0:
                source = images["source"].item(image_row)
                pointer = self._point_at(source, "images", images["index"].item(image_row), image_row)
            elif category_row >= 0:
                source = categories["source"].item(category_row)
                pointer = f"/categories/{categories['index'].item(category_row)}"
            else:
                source, pointer = 0, ""
            names = self._measurements.sources
            sources.append(names[source] if 0 <= source < len(names) else "")
            pointers.append(pointer)
        return sources, pointers

    def are_in_coco_files(self, first_rows: IntArray) -> bool:
        """Tell whether all hits are about annotations, and all of these stand in COCO files."""
        if (first_rows < 0).any() or set(self._measurements.formats) != {"coco"}:
            return False
        sources = self._columns["instances"]["source"][first_rows]
        return bool(sources.min() >= 0 and sources.max() < len(self._measurements.sources))

    def locate_rows(self, field: str, first_rows: IntArray) -> tuple[Texts, Texts]:
        """Do as `locate` where all hits are about annotations of COCO files: their places are numbers.

        Parameters
        ----------
        field : str
        first_rows : (n,) int64
        """
        instances = self._columns["instances"]
        sources = code_texts(instances["source"][first_rows], self._measurements.sources)
        ending = f"/{field}" if field else ""
        return sources, join_columns(["/annotations/", ending], [instances["index"][first_rows]])

    def _point_at(self, source: int, entity: str, index: int, image_row: int) -> str:
        """Point at a record as its format does."""
        source_format = self._format_of(source)
        images = self._columns["images"]
        file_name, record_file = (
            (images["file_name"][image_row], images["record_file"][image_row])
            if image_row >= 0
            else (None, "")
        )
        names = self._measurements.sources
        source_name = names[source] if 0 <= source < len(names) else ""
        return point_at_record(source_format, entity, index, file_name, source_name, record_file)

    def _format_of(self, source: int) -> str:
        formats = self._measurements.formats
        return formats[source] if source < len(formats) else "coco"
