"""Reader rules about files, ids, references, names and the plain fields of records."""

from __future__ import annotations

from collections.abc import Mapping

from audit.loaders.defect import Defect

_STOPS = "There is no dataset to audit: the command exits with 2. With --salvage the rest is audited."
_LOST = "Loaders that look records up by id find the wrong one, or none."
_EVAL = "COCOeval and most training programs read this field and stop, or count the object wrongly."

DEFECTS: Mapping[str, Defect] = {
    "input.missing": Defect(
        "error", "The input is not there", "A path that names no file or folder.", _STOPS, "Check the path."
    ),
    "input.format": Defect(
        "error",
        "The input is of no known format",
        "A folder without COCO files and without label images.",
        "There is no dataset to audit: the command exits with 2.",
        "Give a COCO JSON file, a folder of them, or a folder of label images (PNG or TIFF).",
    ),
    "json.empty": Defect("error", "The file is empty", "A file without text.", _STOPS, "Export it again."),
    "json.syntax": Defect(
        "error", "The file is not valid JSON", "Text cut short, quotes or commas astray.", _STOPS, "Export it again."
    ),
    "json.encoding": Defect(
        "error", "The file is not UTF-8 text", "UTF-16, Latin-1, packed or binary data.", _STOPS, "Save it as UTF-8."
    ),
    "json.trailing": Defect(
        "error", "Something follows the document", "JSON Lines, or files put together.", _STOPS, "One document a file."
    ),
    "json.depth": Defect(
        "error", "Values are nested too deeply", "Nesting that no parser follows.", _STOPS, "Flatten the values."
    ),
    "json.bom": Defect(
        "info",
        "The file begins with a byte order mark",
        "Three bytes before the JSON text.",
        "Legal text, but Python's json refuses it.",
        "Save as UTF-8 without BOM.",
    ),
    "json.duplicate_key": Defect(
        "error",
        "A key is given twice",
        "Two members of one object with one name. Twice the same list at the top level stops the audit.",
        "Every parser keeps the last one without a word; the other was perhaps meant.",
        "Remove one.",
    ),
    "schema.top_level": Defect(
        "error",
        "The document is of another kind",
        "A list, a text or null where a COCO object is expected, or an object where results are.",
        _STOPS,
        "Labels are an object with images, annotations, categories; results are a list.",
    ),
    "schema.missing_key": Defect(
        "error", "A list is missing", "No images, annotations or categories.", _STOPS, "Add the list, even if empty."
    ),
    "schema.type": Defect(
        "error",
        "A record is not an object",
        "null, a number, a text or a list where a record is expected. A whole list of that kind stops the audit.",
        "Loaders stop at it.",
        "Remove the record, or unnest the list.",
    ),
    "number.nonfinite": Defect(
        "error",
        "A number is not finite",
        "NaN, Infinity, or a number that overflows such as 1e400.",
        "It is no JSON, and it spreads: one NaN makes a loss NaN.",
        "Write the real number, or leave the field out.",
    ),
    "number.range": Defect(
        "error", "A number has too many digits", "Numbers of over 400 characters.",
        "Programs hang, round or refuse it.", "Write the real number.",
    ),
    "id.duplicate": Defect("error", "An id is given twice", "Two records of one list with one id.", _LOST, "Number anew."),
    "id.missing": Defect("error", "A record has no id", "An id that is absent or null.", _LOST, "Number the records."),
    "id.type": Defect(
        "warning",
        "An id is not an integer",
        'Ids such as "7", 7.0, true or a list. Where the meaning is clear ("7" for 7) the record is still matched.',
        "pycocotools compares ids as they are: \"7\" is not 7.",
        "Write integers.",
    ),
    "id.range": Defect("warning", "An id is negative or too large", "Ids below 0 or beyond 64 bits.", _LOST, "Number anew."),
    "id.zero": Defect(
        "warning",
        "An annotation has the id 0",
        "An annotation whose id is 0.",
        "COCOeval uses 0 for \"not matched\": this object counts as missed however well it is found.",
        "Start at 1.",
    ),
    "ref.image": Defect(
        "error", "An annotation belongs to no image", "An image_id that is absent or names no image.",
        "The annotation is lost, or the loader stops.", "Add the image or remove the annotation.",
    ),
    "ref.category": Defect(
        "error", "An annotation has no known category", "A category_id that is absent or names no category.",
        "Loaders stop, or train a class that does not exist.", "Add the category or correct the annotation.",
    ),
    "category.name": Defect(
        "warning", "A category has no name", "A name that is absent, null, empty or no text.",
        "Reports and class lists cannot show it.", "Give it a name.",
    ),
    "category.duplicate_name": Defect(
        "warning", "Two categories have one name", "Equal names under two ids, also as composed and decomposed letters.",
        "The model gets two classes for one thing.", "Merge them.",
    ),
    "category.conflict": Defect(
        "error", "Two files disagree about a category", "Files given together in which one id has two names.",
        "Trained together, one class gets two meanings.", "Give the files one list of categories.",
    ),
    "image.size": Defect(
        "error", "An image has no usable size", "A height or width that is absent, not an integer, or not positive.",
        "Masks cannot be drawn; pycocotools crashes on some.", "Write the picture's size in pixels.",
    ),
    "image.size_limit": Defect(
        "error", "An image is declared too large", "A side over 131,072 or over 2^28 pixels in all.",
        "No program can hold its masks.", "Write the picture's size in pixels.",
    ),
    "image.duplicate_file": Defect(
        "warning", "Two images have one file", "Two image records with one file_name.",
        "The picture is trained twice, each time with a part of its labels as background.", "Merge the records.",
    ),
    "path.invalid": Defect(
        "error", "A file name is not usable", "A file_name that is absent, empty, too long, or holds a NUL character.",
        "The picture cannot be opened.", "Write the picture's name.",
    ),
    "path.traversal": Defect(
        "error", "A file name leads out of the folder", "Names with .. that climb out, or a drive letter.",
        "Programs that follow it read other files. It is never opened here.", "Write paths below the picture folder.",
    ),
    "path.absolute": Defect(
        "warning", "A file name is an absolute path", "Names that begin at the root of a disk.",
        "The dataset works on one machine only. It is never opened here.", "Write paths below the picture folder.",
    ),
    "path.url": Defect(
        "warning", "A file name is a URL", "Names such as https://….", "Nothing is fetched over a network.",
        "Download the pictures and write their names.",
    ),
    "text.surrogate": Defect(
        "warning", "A text cannot be encoded", "Half of a surrogate pair in a name.",
        "Writing it to a file fails.", "Correct the text.",
    ),
    "text.bidi": Defect(
        "warning", "A text changes its direction", "Bidirectional control characters in a name.",
        "They make a name look like another one.", "Remove them.",
    ),
    "text.control": Defect(
        "warning", "A text has control characters", "Escape sequences and other control characters in a name.",
        "They act on terminals.", "Remove them.",
    ),
    "text.length": Defect(
        "warning", "A name is very long", "Category names of more than 1,000 characters.",
        "It is no name.", "Shorten it.",
    ),
    "bbox.missing": Defect("warning", "There is no box", "An annotation without bbox.", _EVAL, "Add the box as [x, y, w, h]."),
    "bbox.type": Defect("error", "The box is no list of numbers", "A bbox that is null, an object, or holds texts.", _EVAL,
                        "Write [x, y, w, h]."),
    "bbox.length": Defect("error", "The box has not four numbers", "A bbox of another length than 4.", _EVAL,
                          "Write [x, y, w, h]."),
    "area.missing": Defect("warning", "There is no area", "An annotation without area.", _EVAL, "Add the mask's area."),
    "area.type": Defect("error", "The area is no number", "An area that is null or a text.", _EVAL, "Write a number."),
    "iscrowd.missing": Defect("warning", "iscrowd is missing", "An annotation without iscrowd.", _EVAL, "Add iscrowd: 0."),
    "iscrowd.type": Defect("error", "iscrowd is no integer", "A text, null or a fraction; taken as 0.", _EVAL, "Write 0 or 1."),
    "iscrowd.value": Defect("error", "iscrowd is neither 0 nor 1", "Other integers; taken as 1.", _EVAL, "Write 0 or 1."),
    "iscrowd.format": Defect(
        "warning", "A crowd region has polygons", "iscrowd: 1 with a polygon segmentation.",
        "COCO keeps crowd regions as RLE, and tools rely on it.", "Write RLE, or iscrowd: 0.",
    ),
    "score.missing": Defect("error", "A result has no score", "A detection without score.", _EVAL, "Add the confidence."),
    "score.type": Defect("error", "A score is no number", "A text or null.", _EVAL, "Write a number from 0 to 1."),
    "score.nonfinite": Defect("error", "A score is not finite", "NaN or Infinity.", "Sorting by it is chance.", "Write a number."),
    "score.range": Defect("warning", "A score is not between 0 and 1", "Percentages, logits, negative scores.",
                          "Thresholds mean nothing then.", "Write probabilities."),
    "score.constant": Defect("info", "All scores are equal", "Two or more results with one and the same score.",
                             "Average precision then depends on the order of the file.", "Keep the model's scores."),
    "results.empty": Defect("info", "There are no results", "An empty list of detections: legal.", "Every object is missed.",
                            "Check the model's threshold."),
    "results.format": Defect("warning", "A result is a polygon", "A polygon segmentation in a results file.",
                             "COCO's results are RLE, and pycocotools' loadRes does not take polygons.", "Encode as RLE."),
    "results.no_mask": Defect("error", "The results have no masks", "Detections with boxes alone.",
                              "Masks cannot be compared; pycocotools makes rectangles of the boxes.", "Export the masks."),
    "results.mixed": Defect("warning", "The results are of two kinds", "Some detections have a bbox, others have none.",
                            "pycocotools looks at the first one only and treats all alike.", "Export all fields for all."),
    "results.duplicate": Defect("warning", "A result is given twice", "Equal image, category, score and mask.",
                                "The second counts as a false positive.", "Remove one."),
}  # fmt: skip
