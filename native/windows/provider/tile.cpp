/* Sight and manner come in, fields go out: what tile.h declares. One row per screen, as in the table of the face's screens. */
#include "tile.h"

#include <utility>

namespace tapward {

namespace {

struct Row {
    std::string_view heading, line;
    bool input, submit;
};

/* As on the face: from a minute and a half on. */
bool in_minutes(const Sight &sight)
{
    return sight.shown == Shown::wait && sight.seconds > 90;
}

unsigned long counted(const Sight &sight)
{
    if (sight.shown != Shown::wait)
        return sight.left;
    return in_minutes(sight) ? (sight.seconds + 59) / 60 : sight.seconds > 0 ? sight.seconds : 1;
}

Row row_of(const Sight &sight, const Manner &manner)
{
    if (manner.other)
        return { "otherWay.heading", "otherWay.line", false, false };
    if (sight.granted || sight.opening)
        return { "welcome.heading", "welcome.line", false, sight.granted };
    switch (sight.shown) {
    case Shown::lost:
        return { "lost.heading", "lost.line", false, false };
    case Shown::idle:
        return { "idle.heading", "idle.line", false, false };
    case Shown::pin:
        return { "pin.heading", sight.checking ? "pin.checking" : "pin.line", !sight.checking, !sight.checking };
    case Shown::wrong:
        return { "pin.heading", sight.checking ? "pin.checking" : "pin.wrong", !sight.checking, !sight.checking };
    case Shown::wait:
        return { in_minutes(sight) ? "wait.minutes" : "wait.heading", "wait.line", false, false };
    case Shown::blocked:
        return { "blocked.heading", "blocked.line", false, false };
    case Shown::password:
        return { "pin.heading", manner.again ? "tile.wrongPassword" : "tile.password", true, true };
    case Shown::away:
        return { "lost.callOn", "lost.stays", false, false };
    }
    return { "lost.heading", "lost.line", false, false };
}

/* A sentence that names a number nobody has set says who to call, and no more. */
std::u16string say(std::string_view key, const Manner &manner, const Places &places)
{
    std::u16string text = sentence(key, manner.language, places);
    if (!places.phone.empty())
        return text;
    Places marked = places;
    marked.phone = u"\x1";
    const bool names_phone = sentence(key, manner.language, marked).find(u'\x1') != std::u16string::npos;
    return names_phone ? sentence("lost.call", manner.language, places) : text;
}

} // namespace

TileView tile(const Sight &sight, const Manner &manner)
{
    const Row row = row_of(sight, manner);
    const std::u16string given = wide(sight.name.view());
    Places places;
    places.given = given;
    places.phone = manner.phone;
    places.length = sight.length;
    places.n = counted(sight);

    TileView view;
    const Field typed = sight.shown == Shown::password ? password_field : pin_field;
    view.beside = row.input ? typed : line;
    const auto set = [&](Field field, std::u16string text, bool shows) {
        view.fields[field].text = std::move(text);
        view.fields[field].shows = shows;
    };
    set(picture, {}, true);
    set(label, sentence("tile.label", manner.language, places), false);
    set(heading, say(row.heading, manner, places), true);
    set(line, say(row.line, manner, places), true);
    view.fields[typed].shows = row.input;
    view.fields[user_field].shows = row.input && typed == password_field && !sight.account;
    view.fields[view.fields[user_field].shows ? user_field : typed].focused = row.input;
    set(submit, sentence("tile.submit", manner.language, places), row.submit);
    set(other_way, sentence(manner.other ? "action.back" : "action.otherWay", manner.language, places), true);
    const bool asks = sight.shown == Shown::pin || sight.shown == Shown::wrong || sight.shown == Shown::password;
    set(cancel, sentence("action.cancel", manner.language, places), asks && !manner.other && !sight.granted && !sight.opening);
    set(phone_line, say("lost.callOn", manner, places), view.fields[heading].text != say("lost.callOn", manner, places));
    return view;
}

} // namespace tapward
