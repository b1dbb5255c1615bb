/* bind_again.exe PORT: tries to bind 127.0.0.1:PORT along with whoever has it, with SO_REUSEADDR, and says the error (0: it could).
   bind_again.exe control: the same with a socket of its own that did not ask for the port to be exclusive.
   bind_again.exe hold PORT: takes the port and keeps it until stdin ends. */
#include <winsock2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SOCKET reusing(void) {
    BOOL on = TRUE;
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof on);
    return s;
}

static int bind_to(SOCKET s, struct sockaddr_in *at) {
    return bind(s, (struct sockaddr *)at, sizeof *at) ? WSAGetLastError() : 0;
}

int main(int count, char **words) {
    WSADATA data;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int length = sizeof at;
    WSAStartup(MAKEWORD(2, 2), &data);
    if (count < 2) return 2;
    if (!strcmp(words[1], "control")) {
        SOCKET first = reusing();
        if (bind_to(first, &at) || getsockname(first, (struct sockaddr *)&at, &length)) return 1;
    } else {
        at.sin_port = htons((u_short)atoi(words[count - 1]));
    }
    if (!strcmp(words[1], "hold")) {
        SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        int error = bind_to(s, &at);
        printf("%d\n", error ? error : listen(s, 5) ? WSAGetLastError() : 0);
        fflush(stdout);
        while (getchar() != EOF) {}
        return 0;
    }
    printf("%d\n", bind_to(reusing(), &at));
    return 0;
}
