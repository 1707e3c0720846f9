/**
 * Frames from video files, RTSP cameras and USB cameras, and videos from frames, through FFmpeg.
 *
 * <pre>
 *   VideoAddress --VideoInput.open--&gt; FrameSource --Reconnecting, AtMost, NewestFrames--&gt; frames
 *   frames --VideoRecorder--&gt; file
 * </pre>
 */
@NullMarked
package org.perceiveir.capture;

import org.jspecify.annotations.NullMarked;
