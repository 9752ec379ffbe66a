"""Building footprints: HRNet on 5 m images, trained on SpaceNet 7."""
