"""GLSL of the OpenGL renderer: light arrives with the vertices; the key's highlight and the eyes are drawn per pixel.

Mirrors :mod:`maya_a2f.preview.shading` (``lobe``, ``catchlight``) and :func:`maya_a2f.preview.look.toned`.
"""

from __future__ import annotations

from maya_a2f.preview import look

PICTURE_VERTEX = """#version 330
void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

BACKDROP_FRAGMENT = """#version 330
uniform sampler2D backdrop;
uniform ivec2 corner;
out vec4 shown;
void main() { shown = texelFetch(backdrop, ivec2(gl_FragCoord.xy) + corner, 0); }
"""

SMOOTHING_FRAGMENT = """#version 330
uniform sampler2D drawn;
out vec4 shown;
float light(ivec2 place) { return dot(texelFetch(drawn, place, 0).rgb, vec3(0.30, 0.59, 0.11)); }
void main() {
    ivec2 place = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(drawn, 0) - 1;
    ivec2 low = max(place - 1, ivec2(0)), high = min(place + 1, last);
    float a = light(low), b = light(ivec2(high.x, low.y)), c = light(ivec2(low.x, high.y)), d = light(high);
    float darkest = min(min(a, b), min(c, d)), brightest = max(max(a, b), max(c, d));
    shown = texelFetch(drawn, place, 0);
    if (shown.a > 0.5 && brightest - darkest > 0.05) {
        vec2 along = vec2(c + d - a - b, a + c - b - d);
        float weakest = min(abs(along.x), abs(along.y)) + max((a + b + c + d) * 0.03, 0.008);
        along = clamp(along / weakest, -6.0, 6.0) / vec2(last + 1);
        vec2 here = gl_FragCoord.xy / vec2(last + 1);
        vec4 near = 0.5 * (texture(drawn, here - along / 6.0) + texture(drawn, here + along / 6.0));
        vec4 far = 0.5 * near + 0.25 * (texture(drawn, here - along * 0.5) + texture(drawn, here + along * 0.5));
        float found = dot(far.rgb, vec3(0.30, 0.59, 0.11));
        shown = (found < darkest || found > brightest) ? near : far;
    }
}
"""
"""Edges smoothed in the finished picture: where brightness jumps, a pixel becomes the mean of samples along the jump.

The method is FXAA's (T. Lottes, NVIDIA white paper, 2009). It costs a third of four samples per pixel in Mesa's
software OpenGL, and looks as good on a head. Eyes (alpha 0) are left alone: their map is smooth already, and a small
pupil would become square.
"""

HEAD_VERTEX = """#version 330
uniform mat4 view_projection;
in vec3 in_point;
in vec3 in_normal;
in vec3 in_color;
in vec3 in_half;
in float in_shine;
in float in_gloss;
in vec2 in_eye;
out vec3 normal;
out vec3 color;
out vec3 half_way;
out vec2 highlight;
out vec2 eye;
void main() {
    gl_Position = view_projection * vec4(in_point, 1.0);
    normal = in_normal;
    color = in_color;
    half_way = in_half;
    highlight = vec2(in_shine, in_gloss);
    eye = in_eye * 0.5 + 0.5;
}
"""

_FRAGMENT = """#version 330
in vec3 normal;
in vec3 color;
in vec3 half_way;
in vec2 highlight;
in vec2 eye;
uniform sampler2D eye_map;
out vec4 shown;
void main() {
    float facing = max(dot(normal, half_way) * inversesqrt(dot(normal, normal)), 0.0);
    float lobe = %(lobe)s;
    vec3 c = (%(surface)s + %(key)s * (highlight.x * lobe)) * %(exposure).5f;
    c = clamp(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0);
    vec3 root = sqrt(c), root4 = sqrt(root);
    shown = vec4(0.585122 * root + 0.783140 * root4 - 0.368263 * sqrt(root4), %(smoothed)s);
}
"""

_LOBE = "facing / (highlight.y - highlight.y * facing + facing)"


def head_fragment(*, eyes: bool) -> str:
    """The fragment shader with the studio's figures filled in, for eyeballs or for everything else."""
    red, green, blue = look.KEY_COLOR
    begin, full = look.CATCHLIGHT_COSINES
    surface = "color * texture(eye_map, eye).rgb" if eyes else "color"
    return _FRAGMENT % {
        "surface": surface,
        "smoothed": "0.0" if eyes else "1.0",
        "lobe": f"smoothstep({begin:.5f}, {full:.5f}, facing)" if eyes else _LOBE,
        "key": f"vec3({red:.5f}, {green:.5f}, {blue:.5f})",
        "exposure": look.EXPOSURE,
    }
