"""The evaluation settings: how hard the revisits of a held-out city are."""

_QUIET = {
    "shift": 1.0, "gain": 0.01, "offset": 0.002, "noise": [0.0015, 0.0015],
    "haze_chance": 0.0, "haze_max": 0.0, "cloud_chance": 0.0, "anchor_cloud_chance": 0.0,
    "cloud_cover_max": 0.0, "cloud_cell": 16, "mask_error": 0.0, "swath_chance": 0.0,
    "second_date_chance": 0.0, "second_date_share": 0.0, "paste_chance": 0.0,
}

# Clear sky: shifts up to one low-resolution pixel, noise 0.0015, what harmonisation leaves of the radiometry.
CLEAR = _QUIET

# Clouds with imperfect masks, haze, and the city's second date in half of the views.
HARD = _QUIET | {
    "haze_chance": 0.2, "haze_max": 0.1, "cloud_chance": 0.5, "cloud_cover_max": 0.5, "mask_error": 0.3,
    "second_date_chance": 1.0, "second_date_share": 0.5, "gain": 0.02, "offset": 0.004,
}

# Clear sky, radiometry before harmonisation: gains about 0.9..1.1, offsets about 0.02.
RAW = _QUIET | {"gain": 0.05, "offset": 0.01}

# A third of the views under clouds that cover 0.1 to 0.5 of them, with imperfect masks.
CLOUDS = _QUIET | {"cloudy_share": 1 / 3, "cloud_cover_min": 0.1, "cloud_cover_max": 0.5, "mask_error": 0.3}

# Views that lie where the anchor does, or within half a pixel of it.
STILL = _QUIET | {"shift": 0.0}
HALF = _QUIET | {"shift": 0.5}

SETTINGS = {"clear": CLEAR, "hard": HARD, "raw": RAW, "clouds": CLOUDS, "still": STILL, "half": HALF}
