"""What teachers see, for HRNet to learn from: python -m supertile_training.buildings.soft --data D --inputs I --run TEACHER [RUN ...]

Probabilities of the images that their split learns from, the mean of the
runs over eight flips and turns and over two inputs, and of real Sentinel-2
images without labels. Writes TEACHER/soft.pt: {labelled: {name: (2,H,W)}, unlabelled:
[(name, (3,H,W) reflectance at 5 m, (2,H,W))]}, half precision.
"""

import argparse
from pathlib import Path

import torch
import yaml
from torch.nn import functional as F

from ..device import DEVICE, asked, bfloat16
from .batches import Sample
from .inputs import CHANNELS, INPUTS, load_inputs
from .places import learning_areas, read_places
from .runs import trained
from .unlabelled import crops, read_unlabelled, sharpened

SIDE, PIXELS_EACH, MOST, SEED = 256, 150_000, 3, 5  # of the crops of unlabelled images
SHOWN_SHARPENED = 0.7  # to the teacher
SHARPENED = {"bicubic": 0.0, "sisr": 0.5, "misr": 0.8, "planet": 1.2}  # to the one who learns, in place of each input


@torch.no_grad()
def probabilities(network, normalised, image, ways: int = 8):
    """(3,H,W) reflectance -> (2,H,W): the mean over so many of the eight flips and turns."""
    height, width = image.shape[-2:]
    x = F.pad(normalised(image.float().unsqueeze(0)), (0, -width % 16, 0, -height % 16), mode="reflect")
    total = 0
    for k in range(ways):
        turned = torch.rot90(x.flip(3) if k >= 4 else x, k % 4, (2, 3))
        with bfloat16():
            logits = asked(network, turned.contiguous(memory_format=torch.channels_last))
        back = torch.rot90(logits.float().sigmoid(), -(k % 4), (2, 3))
        total = total + (back.flip(3) if k >= 4 else back)
    return (total / ways)[0, :, :height, :width]


def taught(sample: Sample, soft: dict, cut) -> Sample:
    """A labelled sample with the teacher's maps behind its own: (6,H,W), the last 1 where the teacher may be asked."""
    maps = soft["labelled"][sample.name].float()[(slice(None), *cut)]
    sample.maps = torch.cat([sample.maps, maps, sample.maps[2:3]]).contiguous()
    return sample


def unlabelled_samples(soft: dict) -> list[Sample]:
    """Nothing is known of them but what the teacher says: weight 0, and its probabilities choose the windows."""
    made = []
    for name, image, maps in soft["unlabelled"]:
        image, maps = image.float(), maps.float()
        nothing = torch.zeros_like(maps[:1])
        kinds = {kind: sharpened(image, amount).half() for kind, amount in SHARPENED.items()}
        kinds |= {kind: kinds["bicubic"].repeat(CHANNELS[kind] // 3, 1, 1) for kind in INPUTS if kind not in kinds}
        statistics = image.mean((1, 2)).view(3, 1, 1), image.std((1, 2)).view(3, 1, 1)
        made.append(Sample(name, name, [kinds], torch.cat([maps[:1], nothing, nothing, maps, nothing + 1]), statistics, False))
    return made


def split_of(runs: list[Path]) -> str:
    """The split that all these runs learnt from."""
    splits = {yaml.safe_load((run / "config.yaml").read_text())["data"]["split"] for run in runs}
    if len(splits) > 1:
        raise ValueError(f"teachers of several splits ({', '.join(sorted(splits))}): one may have seen what another must not")
    return splits.pop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--run", type=Path, nargs="+", required=True, help="folders of the teachers' runs, of one split")
    parser.add_argument("--out", type=Path, help="file to write, in place of soft.pt in the folder of the first run")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    split = split_of(args.run)
    teachers = [(network.to(DEVICE), normalised) for network, normalised in map(trained, args.run)]
    told = lambda image, ways: sum(probabilities(*teacher, image, ways) for teacher in teachers) / len(teachers)
    images, draw = read_places(args.data), load_inputs(args.inputs)[0]
    names = learning_areas(images, split)
    labelled = {}
    for image in (i for i in images if i.name in names):
        both = [told(x, 8) for x in (draw[image.name]["misr"], image.image)]
        labelled[image.name] = (sum(both) / 2).half()
    unlabelled = []
    for name, image in crops(read_unlabelled(args.data), SIDE, PIXELS_EACH, MOST, SEED):
        unlabelled.append((name, image.half(), told(sharpened(image, SHOWN_SHARPENED), 2).half()))
    out = args.out or args.run[0] / "soft.pt"
    torch.save({"labelled": labelled, "unlabelled": unlabelled}, out.with_suffix(".part"))
    out.with_suffix(".part").replace(out)
    print(f"{len(labelled)} labelled images, {len(unlabelled)} pieces without labels, {sum(i[0].numel() for _, i, _ in unlabelled) / 1e6:.1f} Mpx")


if __name__ == "__main__":
    main()
