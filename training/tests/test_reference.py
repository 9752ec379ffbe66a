import torch

from supertile_training.reference import fill_masked, reference_frame


def frames(values, valid):
    """K one-pixel views of one band."""
    views = torch.tensor(values).view(1, -1, 1, 1, 1)
    return views, torch.tensor(valid).view(1, -1, 1, 1)


def reference(values, valid) -> float:
    return round(float(reference_frame(*frames(values, valid))), 6)


def test_anchor_where_the_anchor_is_valid():
    assert reference([0.1, 0.5, 0.6], [True, True, True]) == 0.1


def test_median_of_an_odd_count():
    assert reference([0.9, 0.5, 0.1, 0.2], [False, True, True, True]) == 0.2


def test_median_of_an_even_count_is_the_mean_of_the_middle_two():
    assert reference([0.9, 0.5, 0.1], [False, True, True]) == 0.3


def test_median_leaves_out_invalid_views():
    assert reference([0.9, 0.5, 0.1, 0.8], [False, False, True, False]) == 0.1


def test_anchor_where_no_view_is_valid():
    assert reference([0.9, 0.5, 0.1], [False, False, False]) == 0.9


def test_rules_hold_pixel_by_pixel_and_band_by_band():
    views = torch.rand(2, 3, 3, 4, 5)
    valid = torch.rand(2, 3, 4, 5) > 0.4
    frame = reference_frame(views, valid)
    for b in range(2):
        for y in range(4):
            for x in range(5):
                clear = views[b, valid[b, :, y, x], :, y, x]
                if valid[b, 0, y, x] or len(clear) == 0:
                    expected = views[b, 0, :, y, x]
                else:
                    low, high = clear.sort(0).values[(len(clear) - 1) // 2], clear.sort(0).values[len(clear) // 2]
                    expected = (low + high) / 2
                torch.testing.assert_close(frame[b, :, y, x], expected)


def test_masked_pixels_become_the_reference():
    views, valid = frames([0.1, 0.5, 0.6], [True, False, True])
    filled = fill_masked(views, valid, reference_frame(views, valid))
    torch.testing.assert_close(filled.flatten(), torch.tensor([0.1, 0.1, 0.6]))


def test_the_output_ignores_what_lies_under_a_mask(network, stack):
    views, valid = stack(5)
    valid[:, 1, 2:5, 3:6] = False
    valid[:, 0, 4, 4] = False
    changed = torch.where(valid.unsqueeze(2), views, 9.0)
    torch.testing.assert_close(network(changed, valid), network(views, valid))
