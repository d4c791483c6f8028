"""The CRNN (Shi, Bai & Yao 2015): convolutions, a bidirectional LSTM, CTC logits."""

from __future__ import annotations

from torch import Tensor, nn

from docextract.training.crnn.recipe import Architecture


class Crnn(nn.Module):
    """Line images (N, 1, H, W), scaled to -1..1, to logits (N, ceil(W / stride), V)."""

    def __init__(self, architecture: Architecture, symbols: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for stage in architecture.stages:
            layers += _conv(before, stage.channels, (3, 3), stage.stride, (1, 1))
            before = stage.channels
        layers += _conv(before, before, (architecture.rows, 3), (1, 1), (0, 1))
        self.features = nn.Sequential(*layers)
        self.drop = nn.Dropout(architecture.dropout)
        self.context = nn.LSTM(
            before,
            architecture.hidden,
            num_layers=architecture.layers,
            bidirectional=True,
            batch_first=True,
        )
        self.symbols = nn.Linear(2 * architecture.hidden, symbols)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every time step."""
        columns = self.features(images).squeeze(2).transpose(1, 2)
        context, _ = self.context(self.drop(columns))
        logits: Tensor = self.symbols(self.drop(context))
        return logits


def _conv(
    before: int, after: int, kernel: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int]
) -> list[nn.Module]:
    conv = nn.Conv2d(before, after, kernel, stride, pad, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return [conv, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


def parameters(network: nn.Module) -> int:
    """How many numbers were learnt."""
    return sum(p.numel() for p in network.parameters())


def as_input(lines: Tensor) -> Tensor:
    """Gray lines (N, H, W) uint8 to the network's input (N, 1, H, W)."""
    return ((lines.float() - 127.5) / 127.5).unsqueeze(1)
