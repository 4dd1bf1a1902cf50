"""The host side of Faultline: building, images, and running the guest. Standard library only."""
