"""Small datasets drawn as text, for tests of rules: yours and ours.

>>> from audit.testing import measured, scene
>>> m = measured(scene("aa.bb", "aa.bb"))
>>> m.instances["area_px"].tolist()
[4, 4]
>>> m.pairs["gap_px"].tolist()
[1]
"""
