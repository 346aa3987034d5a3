/* What the desk sees, the help desk's number and a language come in; each field of the tile goes out: its text, whether it shows, whether keys go there. */
#ifndef TAPWARD_TILE_H
#define TAPWARD_TILE_H

#include "desk.h"
#include "words.h"

namespace tapward {

/* In the order of the descriptors that LogonUI is given. */
enum Field : unsigned { picture, label, heading, line, user_field, pin_field, password_field, submit, other_way, cancel, phone_line, field_count };

struct FieldView {
    std::u16string text;
    bool shows = false, focused = false;
};

struct TileView {
    FieldView fields[field_count];
    /* The submit button stands beside the field that is typed into, or beside the line where there is none. */
    Field beside = line;
};

struct Manner {
    std::u16string phone;
    Language language = Language::en;
    /* She asked for another way: it is said until she goes back. */
    bool other = false;
    /* The last password typed at our tile was wrong. */
    bool again = false;
};

TileView tile(const Sight &sight, const Manner &manner);

} // namespace tapward

#endif
