/* Nothing comes in, a bitmap goes out: what picture.h declares. Colours are those of the face's night theme. */
#include "picture.h"

namespace tapward {

namespace {

constexpr int side = 128;
constexpr DWORD background = 0xFF0B1620, badge = 0xFFF2F6F9, field = 0xFF63D6AE;

DWORD colour_of(int x, int y)
{
    /* The badge: an upright card with its slot. */
    if (x >= 34 && x < 74 && y >= 34 && y < 94)
        return x >= 48 && x < 60 && y >= 40 && y < 44 ? background : badge;
    /* The field: three quarter rings to its right. */
    const int dx = x - 74, dy = y - 64, square = dx * dx + dy * dy;
    if (dx > 0 && dy * dy < dx * dx)
        for (int radius = 14; radius <= 36; radius += 11)
            if (square >= (radius - 3) * (radius - 3) && square < (radius + 3) * (radius + 3))
                return field;
    return background;
}

} // namespace

HBITMAP draw_picture()
{
    BITMAPINFO about = {};
    void *pixels = nullptr;

    about.bmiHeader.biSize = sizeof about.bmiHeader;
    about.bmiHeader.biWidth = side;
    about.bmiHeader.biHeight = -side; /* top line first */
    about.bmiHeader.biPlanes = 1;
    about.bmiHeader.biBitCount = 32;
    about.bmiHeader.biCompression = BI_RGB;
    const HBITMAP bitmap = CreateDIBSection(nullptr, &about, DIB_RGB_COLORS, &pixels, nullptr, 0);
    if (bitmap == nullptr)
        return nullptr;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            static_cast<DWORD *>(pixels)[y * side + x] = colour_of(x, y);
    return bitmap;
}

} // namespace tapward
