# SPDX-License-Identifier: GPL-3.0-or-later
"""Movie files through FFmpeg's demuxers and decoders."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import av.container

from ..errors import ErrorCode, FaceShotError
from ..picture_header import MAX_SIDE
from .clip import ClipInfo, Load
from .colour import ColourTags, RgbConverter
from .timing import Timing, measure
from .upright import display_matrix, rotation_of, turned_size

log = logging.getLogger(__name__)

# Only containers of recorded picture and sound. Playlists (HLS, DASH, concat, SDP) would make FFmpeg open other files
# and addresses, and its text demuxers would take any text for a picture.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,ogg,gif,apng,mxf,nut,dv,ivf,h264,hevc,"
    "av1,obu,yuv4mpegpipe,rm,wav,mp3,aac,flac,webp_pipe,mjpeg"
)
SAFE = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
# Timestamps of these are counted on from the last one that was stored: only a reading from the start has them right.
UNSEEKABLE = frozenset({"mpeg", "mpegvideo", "m4v", "h264", "hevc", "av1", "obu", "mjpeg", "dv", "gif", "apng"})


def threads() -> int:
    """Threads for a decoder: FACESHOT_THREADS, else one per core, at most 8 (each keeps frames of its own)."""
    wanted = os.environ.get("FACESHOT_THREADS", "")
    return min(int(wanted) if wanted.isdecimal() and int(wanted) else os.cpu_count() or 1, 8)


def open_container(path: Path) -> av.container.InputContainer:
    """Raises INPUT_MISSING, INPUT_UNREADABLE."""
    if not path.exists():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No clip at {path}.", hint="Check the path.")
    if not path.is_file():
        raise unreadable(path, "it is not a file")
    if not path.stat().st_size:
        raise unreadable(path, "the file is empty", hint="Copy or record it again.")
    try:
        return av.open(
            os.fspath(path.absolute()),
            metadata_errors="ignore",
            options=SAFE,
        )
    except PermissionError as error:
        raise unreadable(path, "permission denied", hint="Check the permissions of the file.") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(path, f"it is no video, or damaged or incomplete ({_words(error)})") from error


def unreadable(path: Path, why: str, *, hint: str = "Check that it plays in a video player.") -> FaceShotError:
    return FaceShotError(ErrorCode.INPUT_UNREADABLE, f"Cannot read the clip {path}: {why}.", hint=hint)


def video_stream(path: Path, container: av.container.InputContainer) -> av.VideoStream:
    """The picture track; cover art does not count. Raises INPUT_UNREADABLE."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise unreadable(path, "it has no picture track", hint="Choose a video.")
    best = container.streams.best("video")
    stream = best if best in streams else streams[0]
    if stream.codec_context is None:
        raise unreadable(path, "its video codec is not supported", hint="Convert it to H.264.")
    if max(stream.width, stream.height) > MAX_SIDE:
        raise unreadable(path, f"{stream.width} x {stream.height} px is too large")
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = threads()
    return stream


def decode(container: av.container.InputContainer, stream: av.VideoStream, problems: dict[str, int]) -> Iterator:
    """Every frame that can be decoded; what could not is counted in `problems`."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, OSError) as error:
            log.debug("%s: %s", container.name, error)
            problems["reading"] = problems.get("reading", 0) + 1
            yield from _drain(stream)
            return
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError) as error:
            log.debug("%s: packet at %s: %s", container.name, packet.pts, error)
            problems["packets"] = problems.get("packets", 0) + 1
            continue
        for frame in frames:
            if frame.is_corrupt:
                problems["packets"] = problems.get("packets", 0) + 1
            else:
                yield frame


def _drain(stream: av.VideoStream) -> Iterator:
    try:
        yield from stream.decode(None)
    except (av.FFmpegError, ValueError) as error:
        log.debug("flush: %s", error)


class FileSource:
    """A movie file; see `clip.Source`. Every reading opens the file on its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.damaged = False
        with open_container(path) as container:
            stream = video_stream(path, container)
            self._declared = ColourTags.of(stream.codec_context)  # decoding overwrites them
            problems: dict[str, int] = {}
            frame = next(decode(container, stream, problems), None)
            if frame is None:
                raise unreadable(path, "no frame of it can be decoded", hint="Convert it to H.264, or record it again.")
            self._matrix = display_matrix(frame)
            self._stored_size = _square_pixels(stream, frame.width, frame.height)
            self._first_pts = frame.pts or 0
            self._time_base = Fraction(stream.time_base)
            common = {
                "path": path,
                "size": turned_size(self._stored_size, self._matrix),
                "rotation": rotation_of(self._matrix),
                "has_audio": any(s.codec_context is not None for s in container.streams.audio),
                "hdr": ColourTags.of(frame, declared=self._declared).is_hdr,
                "codec": stream.codec_context.name,
            }
            if frame.interlaced_frame:
                self._warn(f"{path.name} is interlaced; its fields are shown woven together.")
        with open_container(path) as container:
            timing = measure(container, video_stream(path, container), self._first_pts, path.stat().st_size)
        self.timing: Timing = timing
        self.info = ClipInfo(rate=timing.rate, duration=timing.duration, frame_count=timing.count, **common)
        if timing.cut_short:
            self.damaged = True
            self._warn(f"{path.name} is cut short: only its first {timing.duration:.2f} s are there.")

    @property
    def start_time(self) -> Fraction:
        """The first shown frame's time on the container's own clock, s: what sound is to be counted from."""
        return self._first_pts * self._time_base

    def read(self, start: float) -> Iterator[tuple[float, Load]]:
        with open_container(self.path) as container:
            stream = video_stream(self.path, container)
            converter = RgbConverter(
                size=self._stored_size, matrix=self._matrix, threads=threads(), declared=self._declared
            )
            problems: dict[str, int] = {}
            period = float(1 / self.info.rate)
            last, count, late = -1.0, 0, 0
            for frame in self._from(container, stream, start, problems):
                time = last + period if frame.pts is None else self._time(frame.pts)
                if last < 0 and frame.pts is None:
                    time = 0.0
                if time < 0 or time <= last:
                    late += 1
                    continue
                last = time
                count += 1
                yield time, partial(converter.rgb, frame)
            if start == 0 and not problems and count + late < 0.98 * self.info.frame_count - 2:
                self._warn(f"Only {count} of the {self.info.frame_count} frames of {self.path.name} can be decoded.")
            self._report(problems, late, last + period)

    def _time(self, pts: int) -> float:
        return float((pts - self._first_pts) * self._time_base)

    def _from(self, container, stream, start: float, problems: dict[str, int]) -> Iterator:
        """Frames from one at or before `start` (s) on. A seek may land late (indices hold decoding times, and frames
        before an open keyframe are lost), so it steps back until a frame at or before `start` comes out."""
        back = 0.5
        while start - back > 0 and container.format.name not in UNSEEKABLE:
            target = self._first_pts + int(Fraction(start - back) / self._time_base)
            try:
                container.seek(target, stream=stream, backward=True)
            except (av.FFmpegError, OSError) as error:
                log.debug("%s: cannot seek: %s", self.path, error)
                break
            frames = decode(container, stream, problems)
            first = next(frames, None)
            if first is not None and first.pts is not None and self._time(first.pts) <= start:
                yield first
                yield from frames
                return
            problems.clear()
            back *= 4
        if back > 0.5:
            container.seek(0, backward=True, any_frame=False)
        yield from decode(container, stream, problems)

    def _report(self, problems: dict[str, int], late: int, end: float) -> None:
        self.damaged = self.damaged or bool(problems)
        if "packets" in problems:
            self._warn(f"{self.path.name} is damaged; pieces of video that were left out: {problems['packets']}.")
        if "reading" in problems:
            self._warn(f"{self.path.name} could not be read to its end; {end:.2f} s are there.")
        elif self.timing.certain and end < self.info.duration - 3 / self.info.fps - 0.05:
            self.damaged = True
            self._warn(
                f"{self.path.name} says that it lasts {self.info.duration:.2f} s, but only {end:.2f} s are there."
            )
        if late:
            log.info("%s: %d frames with a time that was already past were left out", self.path, late)

    def _warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


def _square_pixels(stream: av.VideoStream, width: int, height: int) -> tuple[int, int]:
    aspect = stream.sample_aspect_ratio
    if not aspect or not 0.125 <= aspect <= 8:
        return width, height
    return max(1, round(width * aspect)), height


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
