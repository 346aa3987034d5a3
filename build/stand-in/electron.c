/* Arguments come in and are ignored; a sentence goes out on standard error: it stands in for an Electron where a package is tested, shows nothing, and runs until it is ended. */
#include <stdio.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <unistd.h>
#endif

/* Electron's wire of fuses (V1, all that there are, as unset as a fresh build's), for the packaging to set like any other's. */
__attribute__((used)) static const char wire[] = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"
                                                 "\x01\x09"
                                                 "101010111";

/* Nothing comes in; ends only when it is ended from outside, or at once where nobody can be told. */
int main(void) {
  if (fputs("This is a stand-in for the face, made for tests: it shows nothing.\n", stderr) < 0 || fflush(stderr) != 0) return 1;
  for (;;) {
#ifdef _WIN32
    Sleep(INFINITE);
#else
    pause();
#endif
  }
}
