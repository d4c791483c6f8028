"""Local features: SIFT keypoints of the reference found again in the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.registration._registry import methods
from docextract.registration.form import Form
from docextract.registration.quads import apply
from docextract.registration.view import Gray, View
from docextract.types import Homography

_KEYPOINTS = 1500
_RATIO = 0.8  # Lowe's ratio test
_FEWEST_MATCHES = 10
_RANSAC_PX = 5.0

Points = NDArray[np.float64]


class Features:
    """SIFT (Lowe 2004) with the ratio test, then a RANSAC homography (MAGSAC++)."""

    cost = 4

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield the homography that most matches agree on, if enough do."""
        reference_px, wanted = _reference_features(form)
        picture_px, found = _view_features(view)
        if min(len(wanted), len(found)) < _FEWEST_MATCHES:
            return
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(wanted, found, k=2)
        good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
        if len(good) < _FEWEST_MATCHES:
            return
        from_u = apply(form.to_units, reference_px[[m.queryIdx for m in good]])
        to_px = picture_px[[m.trainIdx for m in good]]
        homography, inliers = cv2.findHomography(from_u, to_px, cv2.USAC_MAGSAC, _RANSAC_PX)
        if homography is not None and int(inliers.sum()) >= _FEWEST_MATCHES:
            yield [homography.astype(np.float64)]


@lru_cache(maxsize=32)
def _reference_features(form: Form) -> tuple[Points, NDArray[np.float32]]:
    return _features(form.view.gray, form.print_mask)


@lru_cache(maxsize=2)  # every form asks for the same picture's
def _view_features(view: View) -> tuple[Points, NDArray[np.float32]]:
    return _features(view.gray, None)


def _features(gray: Gray, mask: Gray | None) -> tuple[Points, NDArray[np.float32]]:
    sift = cv2.SIFT.create(nfeatures=_KEYPOINTS)
    keypoints, descriptors = sift.detectAndCompute(gray, mask)
    if descriptors is None:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    return np.array([k.pt for k in keypoints]), descriptors.astype(np.float32, copy=False)


methods.register("features")(Features())
