"""Print patches: small pieces of the form's own print found again, to place unruled forms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.registration.fit import Fit
from docextract.registration.form import Form
from docextract.registration.quads import apply
from docextract.registration.view import Gray, View
from docextract.types import Homography

_PATCHES = 80
_HALF_PX = 10  # a patch is 21 px square in the reference view
_APART_PX = 14
_ALIKE = 0.6  # normalised cross-correlation from which a patch counts as found
_FEWEST = 8
_GLANCE_PX = 160  # long side at which the ways round are told apart

Points = NDArray[np.float64]


def track(view: View, form: Form, homography: Homography) -> Fit:
    """Move a homography so that the form's print meets the picture's, coarse to fine."""
    fit = Fit(homography, 0.0, np.inf)
    for radius_px in (24, 10, 5):
        fit = _step(view, form, homography, radius_px)
        homography = fit.homography
    return fit


def enough(form: Form) -> bool:
    """True when a form has enough print outside its values to be placed by."""
    return len(_centres(form)) >= _FEWEST


def likeness(view: View, form: Form, homography: Homography) -> float:
    """How alike the form's print and the picture's are at a glance, -1 to 1."""
    shrink = _GLANCE_PX / max(form.view.size)
    size = (round(form.view.size[0] * shrink), round(form.view.size[1] * shrink))
    smaller = cv2.resize(form.view.gray, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(form.print_mask, size, interpolation=cv2.INTER_NEAREST) > 0
    # Laid at full size and then averaged: thin print would be lost between samples.
    laid = cv2.resize(_laid(view, form, homography), size, interpolation=cv2.INTER_AREA)
    here, there = (cv2.GaussianBlur(gray, (0, 0), 1.0)[mask] for gray in (smaller, laid))
    if len(here) == 0 or here.std() == 0 or there.std() == 0:
        return 0.0
    return float(np.corrcoef(here, there)[0, 1])


def _laid(view: View, form: Form, homography: Homography) -> Gray:
    """The picture laid over the reference."""
    laid = cv2.warpPerspective(
        view.gray,
        homography @ form.to_units,
        form.view.size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return laid.astype(np.uint8, copy=False)


def _step(view: View, form: Form, homography: Homography, radius_px: int) -> Fit:
    """One search for every patch in the picture laid over the reference."""
    to_view: Homography = homography @ form.to_units  # from reference view px
    centres = _centres(form)
    laid = _laid(view, form, homography)
    found_px, alike = _search(form.view.gray, laid, centres, radius_px)
    good = alike > _ALIKE
    score = float(good.mean())
    if good.sum() < _FEWEST:
        return Fit(homography, score, np.inf)
    from_u = apply(form.to_units, centres[good])
    to_px = apply(to_view, found_px[good])
    moved, inliers = cv2.findHomography(from_u, to_px, cv2.USAC_MAGSAC, 3.0)
    if moved is None:
        return Fit(homography, 0.0, np.inf)
    kept = inliers.ravel().astype(bool)
    homography = moved.astype(np.float64)
    distance = apply(homography, from_u[kept]) - to_px[kept]
    residual = float(np.sqrt((distance**2).sum(axis=1).mean())) if kept.any() else np.inf
    return Fit(homography, score * float(kept.mean()), residual)


def _search(
    reference: Gray, laid: Gray, centres: Points, radius_px: int
) -> tuple[Points, NDArray[np.float64]]:
    """The best place of each patch within the radius, and its correlation there."""
    margin = _HALF_PX + radius_px
    padded = cv2.copyMakeBorder(laid, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    found, alike = centres.copy(), np.zeros(len(centres))
    for i, (cx, cy) in enumerate(centres.astype(int)):
        patch = reference[cy - _HALF_PX : cy + _HALF_PX + 1, cx - _HALF_PX : cx + _HALF_PX + 1]
        window = padded[cy : cy + 2 * margin + 1, cx : cx + 2 * margin + 1]
        match = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
        _, alike[i], _, (bx, by) = cv2.minMaxLoc(match)
        x, y = _peak(match[by].tolist(), bx), _peak(match[:, bx].tolist(), by)
        found[i] = cx + x - radius_px, cy + y - radius_px
    return found, alike


def _peak(profile: Sequence[float], best: int) -> float:
    """The place of a maximum to a part of a px: the top of a parabola through three values."""
    if not 0 < best < len(profile) - 1:
        return float(best)
    left, top, right = profile[best - 1 : best + 2]
    curve = left - 2 * top + right
    return best + (0.5 * (left - right) / curve if curve < 0 else 0.0)


@lru_cache(maxsize=32)
def _centres(form: Form) -> Points:
    """Where the form's print has corners, away from the border and from the values."""
    mask = cv2.erode(form.print_mask, np.ones((2 * _HALF_PX + 1,) * 2, np.uint8))
    mask[: _HALF_PX + 1] = mask[-_HALF_PX - 1 :] = 0
    mask[:, : _HALF_PX + 1] = mask[:, -_HALF_PX - 1 :] = 0
    corners = cv2.goodFeaturesToTrack(form.view.gray, _PATCHES, 0.02, _APART_PX, mask=mask)
    if corners is None:
        return np.zeros((0, 2))
    return corners.reshape(-1, 2).round().astype(np.float64)
