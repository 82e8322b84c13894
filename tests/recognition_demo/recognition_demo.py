#!/usr/bin/env python3
"""Pictures recognised, from films to a verdict, through the programs that users run.

Takes a picture every two seconds from each of the films of Debian's planetblupi-common, builds the
library of labelled videos from them, and starts the service and the encoder. Then it sends pictures
that are not in the library (of the seconds between, smaller and compressed anew) and asks what they
show, and sends pictures with and without a face in an image session. Ends with a verdict: exit 0
where every film's pictures are recognised for the most part and the session is as it should be.

  recognition_demo.py [--quick] BIN_DIRECTORY PICTURE_WITH_A_FACE

--quick takes a few films alone.
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

FILMS = sorted(pathlib.Path("/usr/share/planetblupi/movie").glob("*.mkv"))
FILMS_QUICK = 4
STEP_SECONDS = 2
ASKED_A_FILM = 3
RIGHT_SHARE_LEAST = 0.9
START_SECONDS_MAX = 60
JOB_SECONDS_MAX = 60
SKIPPED = 77  # as CTest is told


def say(text=""):
    print(text, flush=True)


def run(*arguments, **options):
    return subprocess.run([str(each) for each in arguments], check=True, **options)


def take_pictures(film, into, first_second, scale, quality):
    """One picture every STEP_SECONDS from `first_second` on, in order."""
    picture = into / f"{film.stem}-%03d.jpg"
    run("ffmpeg", "-v", "error", "-ss", first_second, "-i", film, "-vf",
        f"fps=1/{STEP_SECONDS}:round=down,scale={scale}", "-q:v", quality, picture)
    return sorted(into.glob(f"{film.stem}-*.jpg"))


def build_library(reprise, films, folder):
    """A CSV file of all pictures of all films, each labelled with its film."""
    rows = []
    for film, pictures in films.items():
        described = run(reprise, "describe", "--format", "csv", "--label", film, *pictures,
                        stdout=subprocess.PIPE, text=True).stdout.splitlines()
        rows += described[1:] if rows else described
    library = folder / "library.csv"
    library.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return library, len(rows) - 1


class Program:
    """One of the programs, until the end of the `with`: it must end well when it is told to."""

    def __init__(self, arguments, folder, environment=None):
        self.name = str(arguments[1])
        self.output, self.messages = folder / f"{self.name}.out", folder / f"{self.name}.log"
        with open(self.output, "wb") as output, open(self.messages, "wb") as messages:
            self.process = subprocess.Popen([str(each) for each in arguments], stdout=output,
                                            stderr=messages, env=environment)

    def await_told(self, find):
        """What `find` makes of one of its lines, the first of which it makes something."""
        latest = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < latest and self.process.poll() is None:
            for line in (self.output.read_text() + self.messages.read_text()).splitlines():
                if (found := find(line)) is not None:
                    return found
            time.sleep(0.05)
        raise RuntimeError(f"reprise {self.name} does not start:\n{self.messages.read_text()}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        status = self.process.wait(timeout=START_SECONDS_MAX)
        if kind is None and status != 0:
            raise RuntimeError(f"reprise {self.name} ended with {status}:\n"
                               f"{self.messages.read_text()}")


def encoder_url(line):
    """Of `encoder http://ADDRESS/v1/selfie`, which the encoder prints when it listens."""
    return line.removeprefix("encoder ") if line.startswith("encoder http://") else None


def service_port(line):
    """Of the service's log: a JSON object a line."""
    with contextlib.suppress(ValueError):
        told = json.loads(line)
        return int(told["port"]) if told.get("event") == "listening" else None
    return None


class Service:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def send_form(self, target, path, content_type, headers=None):
        """As `curl -F file=@PATH` does."""
        mark = "reprise-recognition-demo"
        form = (f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"'
                f"\r\nContent-Type: {content_type}\r\n\r\n").encode()
        form += path.read_bytes() + f"\r\n--{mark}--\r\n".encode()
        sent = {"Content-Type": f"multipart/form-data; boundary={mark}", **(headers or {})}
        return self.ask("POST", target, form, sent)

    def await_ready(self):
        latest = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < latest:
            if self.ask("GET", "/readyz")[0] == 200:
                return
            time.sleep(0.05)
        raise RuntimeError("the service does not become ready")

    def predict(self, picture):
        data = base64.b64encode(picture.read_bytes()).decode()
        status, queued = self.ask("POST", "/inference/image",
                                  json.dumps({"name": picture.name, "data": data}))
        if status != 202:
            raise RuntimeError(f"{picture.name}: {status} {queued}")
        latest = time.monotonic() + JOB_SECONDS_MAX
        while time.monotonic() < latest:
            _, job = self.ask("GET", f"/predictions/{queued['uuid']}")
            if job["status"] in ("done", "failed"):
                return job
            time.sleep(0.01)
        raise RuntimeError(f"{picture.name}: no prediction after {JOB_SECONDS_MAX} s")


def recognise(service, asked):
    """How many of the pictures were taken for what they are, and of how many."""
    right = total = 0
    for film, pictures in asked.items():
        jobs = [service.predict(picture) for picture in pictures]
        named = [job["prediction"] for job in jobs]
        hits = sum(name == film for name in named)
        right, total = right + hits, total + len(jobs)
        shown = ", ".join(f"{job['prediction'] or job['error']} ({job['score'] or 0:.2f})"
                          for job in jobs)
        say(f"  {film:<16} {'taken for' if hits else 'NOT recognised:'} {shown}")
    return right, total


def hold_session(service, face, faceless):
    """One image session; what was wrong with it."""
    wrong = []
    _, made = service.ask("GET", "/session")
    key = {"key": made["key"]}
    status, _ = service.send_form("/encode", face, "image/jpeg", key)
    say(f"  {face.name}: {status}")
    if status != 200:
        wrong.append(f"{face.name} was not encoded")
    status, refused = service.send_form("/encode", faceless, "image/jpeg", key)
    say(f"  {faceless.name}: {status}, {refused.get('detail', '') if status != 200 else 'a face'}")
    if status != 400:
        wrong.append(f"{faceless.name} shows no face, and was answered {status}")
    _, summary = service.ask("GET", "/summary", headers=key)
    for number, image in enumerate(summary["image_encodings"], 1):
        for one in image["faces"]:
            numbers = one["encoding"]
            say(f"  picture {number}: a face of {len(numbers)} numbers: "
                + " ".join(f"{each:.3f}" for each in numbers[:6]) + " ...")
    if [len(image["faces"]) for image in summary["image_encodings"]] != [1]:
        wrong.append("the summary is not one picture with one face")
    status, _ = service.ask("DELETE", "/session", headers=key)
    if status != 204:
        wrong.append(f"the session's end was answered {status}")
    return wrong


def main():
    arguments = [each for each in sys.argv[1:] if each != "--quick"]
    reprise, face = pathlib.Path(arguments[0]) / "reprise", pathlib.Path(arguments[1])
    used = FILMS[:FILMS_QUICK] if "--quick" in sys.argv else FILMS
    if not used:
        say("recognition_demo: no films: planetblupi-common is not installed")
        return SKIPPED
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reprise-recognition-") as place:
        folder = pathlib.Path(place)
        for name in ("library", "asked"):
            (folder / name).mkdir()
        say(f"{len(used)} films: a picture every {STEP_SECONDS} s of each")
        films = {film.stem: take_pictures(film, folder / "library", 0, "320:-1", 3)
                 for film in used}
        asked = {film.stem: take_pictures(film, folder / "asked", 1, "240:-1", 8)[:ASKED_A_FILM]
                 for film in used}
        library, rows = build_library(reprise, films, folder)
        with Program([reprise, "encoder", "--listen", "127.0.0.1:0"], folder) as encoder:
            environment = {**os.environ,
                           "REPRISE_ENCODER_URL": encoder.await_told(encoder_url),
                           "REPRISE_ENCODER_DEADLINE_MS": "60000"}  # however busy the machine is
            with Program([reprise, "serve", "--listen", "127.0.0.1:0", "--data-dir",
                          folder / "data"], folder, environment) as serve:
                service = Service(serve.await_told(service_port))
                service.await_ready()
                status, imported = service.send_form("/videos/batch/csv", library, "text/csv")
                if status != 200 or imported["inserted"] != rows:
                    sys.exit(f"recognition_demo: the library was not imported: {imported}")
                say(f"the library holds {rows} labelled pictures; asking what others show, which "
                    "are not in it, and smaller:")
                right, total = recognise(service, asked)
                say("an image session, with a picture of a person and one without:")
                wrong = hold_session(service, face, asked[used[0].stem][0])
    if right < RIGHT_SHARE_LEAST * total:
        wrong.append(f"only {right} of {total} pictures were recognised")
    for each in wrong:
        say(f"WRONG: {each}")
    say(f"verdict: {'clean' if not wrong else 'NOT clean'}: {right} of {total} pictures "
        f"recognised among {len(used)} films ({RIGHT_SHARE_LEAST:.0%} wanted), in "
        f"{time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
