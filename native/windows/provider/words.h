/* The key of a sentence and a language come in, the sentence goes out, its places filled: the words of renderer/words. */
#ifndef TAPWARD_WORDS_H
#define TAPWARD_WORDS_H

#include <string>
#include <string_view>

namespace tapward {

enum class Language { en, es };

/* What the places {given}, {length}, {n} and {phone} are filled with. */
struct Places {
    std::u16string_view given, phone;
    unsigned long length = 0, n = 0;
};

/* A sentence with two forms takes the one of `n`. Empty for a key that is not there. */
std::u16string sentence(std::string_view key, Language language, const Places &places);

/* UTF-16 of UTF-8 that the grammar has let through. */
std::u16string wide(std::string_view utf8);

/* UTF-8 that holds to the grammar; empty for text that could not. */
std::string narrow(std::u16string_view utf16);

} // namespace tapward

#endif
