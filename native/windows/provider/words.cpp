/*
 * A key and a language come in, a sentence goes out. The first list is copied from renderer/words, and a test compares
 * each with its original; the second is what only a tile has to say.
 */
#include "words.h"

namespace tapward {

namespace {

struct Entry {
    std::string_view key;
    std::u16string_view en, es;
};

constexpr Entry entries[] = {
    { "idle.heading", u"Tap your badge", u"Acerque su tarjeta" },
    { "idle.line", u"This computer is locked.", u"Este equipo está bloqueado." },
    { "pin.heading", u"Hello {given}", u"Hola, {given}" },
    { "pin.line", u"Enter your {length}-digit PIN", u"Marque su PIN de {length} cifras" },
    { "pin.wrong.one", u"Wrong PIN. {n} try left.", u"PIN incorrecto. Queda {n} intento." },
    { "pin.wrong.other", u"Wrong PIN. {n} tries left.", u"PIN incorrecto. Quedan {n} intentos." },
    { "pin.checking", u"Checking…", u"Comprobando…" },
    { "wait.heading.one", u"Wait {n} second", u"Espere {n} segundo" },
    { "wait.heading.other", u"Wait {n} seconds", u"Espere {n} segundos" },
    { "wait.minutes.one", u"Wait {n} minute", u"Espere {n} minuto" },
    { "wait.minutes.other", u"Wait {n} minutes", u"Espere {n} minutos" },
    { "wait.line", u"Then try again, or call IT on {phone}.", u"Pruebe después o llame a Informática al {phone}." },
    { "blocked.heading", u"PIN is blocked", u"PIN bloqueado" },
    { "blocked.line", u"Call IT on {phone} to set a new one.", u"Llame a Informática al {phone} para cambiarlo." },
    { "welcome.heading", u"Welcome, {given}", u"Hola, {given}" },
    { "welcome.line", u"Opening your desktop", u"Abriendo su escritorio" },
    { "otherWay.heading", u"Call IT on {phone}", u"Llame al {phone}" },
    { "otherWay.line", u"They can set a new PIN or give you a badge.", u"Informática puede darle otro PIN u otra tarjeta." },
    { "notOpened.heading", u"Tap again", u"Acérquela otra vez" },
    { "lost.heading", u"Wait a moment", u"Espere un momento" },
    { "lost.line", u"This computer is locked and comes back by itself.", u"Este equipo está bloqueado y vuelve solo." },
    { "lost.call", u"Call IT", u"Llame a Informática" },
    { "lost.callOn", u"Call IT on {phone}", u"Llame al {phone}" },
    { "lost.stays", u"This computer is locked and gets no answer.", u"Este equipo está bloqueado y no recibe respuesta." },
    { "action.otherWay", u"Another way", u"Otra forma" },
    { "action.back", u"Back", u"Volver" },
    { "action.cancel", u"Cancel", u"Cancelar" },

    { "tile.label", u"Badge", u"Tarjeta" },
    { "tile.user", u"User name", u"Nombre de usuario" },
    { "tile.pin", u"PIN", u"PIN" },
    { "tile.passwordField", u"Password", u"Contraseña" },
    { "tile.submit", u"Sign in", u"Entrar" },
    { "tile.password", u"Sign in once with your password.", u"Entre una vez con su contraseña." },
    { "tile.wrongPassword", u"Wrong password. Enter it again.", u"Contraseña incorrecta. Escríbala de nuevo." },
};

void append_number(std::u16string &to, unsigned long number)
{
    for (const char digit : std::to_string(number))
        to.push_back(static_cast<char16_t>(digit));
}

const Entry *find(std::string_view key)
{
    for (const Entry &entry : entries)
        if (entry.key == key)
            return &entry;
    return nullptr;
}

} // namespace

std::u16string sentence(std::string_view key, Language language, const Places &places)
{
    const Entry *entry = find(key);
    if (entry == nullptr)
        entry = find(std::string(key) + (places.n == 1 ? ".one" : ".other"));
    if (entry == nullptr)
        return {};
    const std::u16string_view text = language == Language::es ? entry->es : entry->en;
    std::u16string said;
    for (std::size_t at = 0; at < text.size(); at++) {
        const std::size_t end = text[at] == u'{' ? text.find(u'}', at) : std::u16string_view::npos;
        if (end == std::u16string_view::npos) {
            said.push_back(text[at]);
            continue;
        }
        const std::u16string_view place = text.substr(at + 1, end - at - 1);
        if (place == u"given")
            said += places.given;
        else if (place == u"phone")
            said += places.phone;
        else
            append_number(said, place == u"length" ? places.length : places.n);
        at = end;
    }
    return said;
}

std::u16string wide(std::string_view utf8)
{
    std::u16string said;
    for (std::size_t at = 0; at < utf8.size();) {
        const unsigned char first = static_cast<unsigned char>(utf8[at++]);
        unsigned long code = first < 0x80 ? first : first < 0xE0 ? first & 0x1F : first < 0xF0 ? first & 0x0F : first & 0x07;
        for (int more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3; more > 0 && at < utf8.size(); more--)
            code = code << 6 | (static_cast<unsigned char>(utf8[at++]) & 0x3F);
        if (code >= 0x10000) {
            said.push_back(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        said.push_back(static_cast<char16_t>(code));
    }
    return said;
}

std::string narrow(std::u16string_view utf16)
{
    std::string said;
    for (std::size_t at = 0; at < utf16.size(); at++) {
        unsigned long code = utf16[at];
        const bool high = code >= 0xD800 && code < 0xDC00;
        if (high && at + 1 < utf16.size() && utf16[at + 1] >= 0xDC00 && utf16[at + 1] < 0xE000)
            code = 0x10000 + ((code - 0xD800) << 10) + (utf16[++at] - 0xDC00ul);
        else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0xD800 && code < 0xE000))
            return {};
        const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        said.push_back(static_cast<char>(more == 0 ? code : (0xFF00 >> (more + 1) & 0xFF) | code >> 6 * more));
        for (int left = more - 1; left >= 0; left--)
            said.push_back(static_cast<char>(0x80 | (code >> 6 * left & 0x3F)));
    }
    return said;
}

} // namespace tapward
