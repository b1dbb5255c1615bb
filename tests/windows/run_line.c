/* run_line.exe LINE: starts exactly the command line in the file LINE (UTF-8), as a shell does that has quoted it, and ends as it ends. */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

int wmain(int count, wchar_t **words) {
    char text[32768];
    wchar_t line[32768];
    DWORD code = 0;
    PROCESS_INFORMATION process;
    STARTUPINFOW start = { sizeof start };
    if (count < 2) return 2;
    FILE *file = _wfopen(words[1], L"rb");
    if (!file) return 2;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, line, 32768)) return 2;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) {
        fprintf(stderr, "not started: %lu\n", GetLastError());
        return 1;
    }
    if (WaitForSingleObject(process.hProcess, 60000)) fprintf(stderr, "it does not end\n");
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
