/* shellverb.exe VERB CLASS PATH...: what Explorer does when a person picks a context-menu entry: one start for each path that is
   selected, all at once. CLASS is a key below HKEY_CLASSES_ROOT; without one Wine opens the folder instead. */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
int wmain(int c, wchar_t **v) {
    HANDLE started[64];
    int count = 0, failed = 0;
    for (int n = 3; n < c && count < 64; n++) {
        SHELLEXECUTEINFOW i = { sizeof i };
        i.fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_FLAG_NO_UI | SEE_MASK_CLASSNAME;
        i.lpVerb = v[1]; i.lpClass = v[2]; i.lpFile = v[n]; i.nShow = SW_SHOW;
        if (!ShellExecuteExW(&i)) { printf("path %d: failed %lu\n", n - 2, GetLastError()); failed = 1; }
        else if (i.hProcess) started[count++] = i.hProcess;
    }
    for (int n = 0; n < count; n++) {
        DWORD code = 1;
        if (WaitForSingleObject(started[n], 120000) || !GetExitCodeProcess(started[n], &code) || code) {
            printf("start %d: exit code %lu\n", n + 1, code); failed = 1;
        }
    }
    printf("%d started\n", count);
    return failed;
}
