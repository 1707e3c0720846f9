"""A camera for tests: serves moving pictures at rtsp://127.0.0.1:PORT/cam until it is killed.

Usage: rtsp_camera.py PORT [USER PASSWORD]. Prints "ready" when it listens and "teardown" when a
viewer says goodbye; exits with 3 where GStreamer's RTSP server is not installed.
"""

import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError) as missing:
    print(missing)
    sys.exit(3)

Gst.init(None)
for element in ("videotestsrc", "jpegenc", "rtpjpegpay"):
    if Gst.ElementFactory.find(element) is None:
        print("no GStreamer element " + element)
        sys.exit(3)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball"
    " ! video/x-raw,format=I420,width=160,height=120,framerate=20/1"
    " ! jpegenc ! rtpjpegpay name=pay0 )"
)
factory.set_shared(True)
if len(sys.argv) > 3:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(sys.argv[2], sys.argv[3]), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def watch(_, client):
    client.connect("teardown-request", lambda *_: print("teardown", flush=True))


server.connect("client-connected", watch)
server.get_mount_points().add_factory("/cam", factory)
if server.attach(None) == 0:
    print("port " + sys.argv[1] + " is taken")
    sys.exit(4)
print("ready", flush=True)
GLib.MainLoop().run()
