"""A picture of our head at attribute values, drawn by the worker: the face in the standalone panel."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.host.scene_file.head_rig import blend_shape_node, joint_node
from maya_a2f.link.messages import Message
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.theme import colours_of, line_height, mixed, small_font
from maya_a2f.ui.worker_link import WorkerLink

SLOT = "still"
_SETTLE_MILLISECONDS = 120
"""A new size is drawn once the window rests; until then the old picture is scaled."""
_LARGEST_SIDE = 1600
"""Pixels; beyond it the picture is scaled up."""
_SMALLEST_SIDE = 16


class FaceView(QWidget):
    """Keeps the picture's own shape, and the last picture until there is a newer one."""

    pictureShown = Signal()  # noqa: N815 - as Qt names signals
    failed = Signal(object)
    """An :class:`A2FError` that kept a picture from being drawn."""

    def __init__(self, link: WorkerLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._values: dict[str, float] = {}
        self._image: QImage | None = None
        self._words = "The face appears here"
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MILLISECONDS)
        self._settle.timeout.connect(self._on_settled)
        self._is_wanted = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of the face")
        self.setToolTip("The face at the moment shown, as the dials stand.")

    @property
    def has_picture(self) -> bool:
        """Whether there was a picture yet."""
        return self._image is not None

    def show_values(self, values: Mapping[str, float]) -> None:
        """Draw the head at attribute values (``face_shapes.jawOpen`` -> weight, degrees or centimetres); attributes
        left out are at rest. The newest call is drawn, those it overtakes are not.
        """
        self._values = dict(values)
        self._is_wanted = True
        self._ask()

    def show_rest(self) -> None:
        """Draw the head at rest."""
        self.show_values({})

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """About square."""
        side = line_height(self) * 20
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Large enough to see a mouth."""
        side = line_height(self) * 8
        return QSize(side, side)

    def picture_pixels(self) -> tuple[int, int]:
        """Width and height of the picture that fills the widget, in device pixels."""
        ratio = self.devicePixelRatioF()
        width, height = (max(1.0, side * ratio) for side in (self.width(), self.height()))
        shrink = min(1.0, _LARGEST_SIDE / max(width, height))
        return max(_SMALLEST_SIDE, round(width * shrink)), max(_SMALLEST_SIDE, round(height * shrink))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what was asked for while it was hidden."""
        super().showEvent(event)
        if self._is_wanted:
            self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Draw anew in the new size, once it rests."""
        super().resizeEvent(event)
        if self._is_wanted:
            self._settle.start()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The picture in its own shape, as large as fits; a quiet figure before the first."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours = colours_of(self)
        painter.fillRect(self.rect(), colours.base)
        if self._image is None:
            self._paint_placeholder(painter)
            return
        picture = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - picture.width()) / 2, (self.height() - picture.height()) / 2
        painter.drawImage(QRectF(left, top, picture.width(), picture.height()), self._image)

    def _paint_placeholder(self, painter: QPainter) -> None:
        colours, unit = colours_of(self), float(line_height(self))
        size = min(self.width(), self.height()) * 0.5
        centre = QPointF(self.width() / 2, self.height() / 2 - unit)
        ground = QLinearGradient(0, 0, 0, self.height())
        ground.setColorAt(0, mixed(colours.base, colours.text, 0.09))
        ground.setColorAt(1, colours.base)
        painter.fillRect(self.rect(), ground)
        figure = QPainterPath()
        figure.addEllipse(centre - QPointF(0, size * 0.12), size * 0.27, size * 0.36)
        neck = QPainterPath(centre + QPointF(-size * 0.5, size * 0.58))
        neck.cubicTo(
            centre + QPointF(-size * 0.45, size * 0.22),
            centre + QPointF(size * 0.45, size * 0.22),
            centre + QPointF(size * 0.5, size * 0.58),
        )
        neck.closeSubpath()
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(mixed(colours.base, colours.text, 0.16))
        painter.drawPath(neck.united(figure))
        painter.setFont(small_font(self))
        painter.setPen(colours.dim)
        words = QRectF(unit, centre.y() + size * 0.62, self.width() - 2 * unit, unit * 3)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(words, int(flags), self._words)

    def _on_settled(self) -> None:
        width, height = self.picture_pixels()
        if self._image is None or (self._image.width(), self._image.height()) != (width, height):
            self._ask()

    def _ask(self) -> None:
        if not self.isVisible():
            return
        width, height = self.picture_pixels()
        self._link.request(
            "still",
            {
                "head_folder": str(HEAD_FOLDER),
                "joint_suffix": joint_node(""),
                "shapes_suffix": blend_shape_node(""),
                "values": self._values,
                "width": width,
                "height": height,
            },
            slot=SLOT,
            on_result=self._on_picture,
            on_error=self._on_error,
        )
        if self._image is None:
            self._words = "Drawing the face …"
            self.update()

    def _on_picture(self, message: Message) -> None:
        try:
            blob = message.blob("picture", "u1", 3)
        except A2FError as error:
            self._on_error(error)
            return
        height, width, _ = blob.shape
        image = QImage(bytes(blob.data), width, height, 3 * width, QImage.Format.Format_RGB888)
        self._image = image.copy()  # the bytes go, the picture stays
        self.update()
        self.pictureShown.emit()

    def _on_error(self, error: A2FError) -> None:
        if isinstance(error, Cancelled):
            if self._link.state not in ("stopped", "failed"):  # a job went first: ask again behind it
                self._ask()
            return
        if self._image is None:
            self._words = f"No picture: {error.message}"
            self.update()
        self.failed.emit(error)
