#!/usr/bin/env python3
"""A slow network between two namespaces of this machine, for kernels without netem: link.py NAME RATE DELAY -- COMMAND.

Makes the namespaces NAME-a (10.77.0.1) and NAME-b (10.77.0.2), each with a TAP device, and passes frames between them as a line
of RATE bits a second with DELAY seconds each way would: one frame after another, each as long under way as its bits take and
DELAY more, through a queue of 256 kB. Runs COMMAND in NAME-a, and removes everything. Needs root.
"""
import collections, fcntl, os, select, struct, subprocess, sys, time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
QUEUE = 256 * 1024


def tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def run(*words):
    subprocess.run(words, check=True)


def main():
    name, rate, delay = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    command = sys.argv[sys.argv.index("--") + 1 :]
    sides = [f"{name}-a", f"{name}-b"]
    devices = [f"{name}0", f"{name}1"]
    fds = []
    try:
        for side, device, last in zip(sides, devices, (1, 2)):
            run("ip", "netns", "add", side)
            fds.append(tap(device))
            run("ip", "link", "set", device, "netns", side)
            inside = ("ip", "netns", "exec", side)
            run(*inside, "ip", "addr", "add", f"10.77.0.{last}/24", "dev", device)
            run(*inside, "ip", "link", "set", device, "up")
            run(*inside, "ip", "link", "set", "lo", "up")
        child = subprocess.Popen(["ip", "netns", "exec", sides[0], *command])
        waiting = [collections.deque(), collections.deque()]  # (when it arrives, frame)
        queued, free = [0, 0], [0.0, 0.0]
        while child.poll() is None:
            now = time.monotonic()
            due = [line[0][0] for line in waiting if line]
            pause = max(0.0, min(due) - now) if due else 0.05
            ready, _, _ = select.select(fds, [], [], min(pause, 0.05))
            now = time.monotonic()
            for fd in ready:
                side = fds.index(fd)
                for _ in range(64):
                    try:
                        frame = os.read(fd, 65536)
                    except BlockingIOError:
                        break
                    if queued[side] + len(frame) > QUEUE:
                        continue  # dropped, as a router would
                    begins = max(now, free[side])
                    free[side] = begins + 8 * len(frame) / rate
                    queued[side] += len(frame)
                    waiting[side].append((free[side] + delay, frame))
            for side, line in enumerate(waiting):
                while line and line[0][0] <= now:
                    _, frame = line.popleft()
                    queued[side] -= len(frame)
                    try:
                        os.write(fds[1 - side], frame)
                    except (BlockingIOError, OSError):
                        pass
        return child.returncode
    finally:
        for fd in fds:
            os.close(fd)
        for side in sides:
            subprocess.run(["ip", "netns", "del", side], stderr=subprocess.DEVNULL)


sys.exit(main())
