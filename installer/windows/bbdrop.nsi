; The installer: for one user, without administrator rights. Made by scripts/windows, which says VERSION, FILE_VERSION, PROGRAMS (the
; directory with both programs), ROOT (the repository), COMPRESSOR and OUTPUT.

Unicode true
; The usual stub has 32 bits, and a 64-bit Wine does nothing with it, silently.
Target amd64-unicode
; Not solid: bbdrop-cli.exe is in it twice, and costs nothing the second time.
SetCompressor ${COMPRESSOR}
RequestExecutionLevel user

!include LogicLib.nsh
!include MUI2.nsh

!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\BBDrop"
; Where the program keeps everything (src/app/mod.rs, data_dir).
!define DATA "$LOCALAPPDATA\BBDrop\data"
; Of a directory that is a way to another one (a junction, a link) only the way is removed.
!define REPARSE_POINT 0x400
; A program needs up to five seconds to end.
!define TRIES_MAX 150
!define TRY_EVERY_MS 100

Name "BBDrop"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\BBDrop"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
; Without this a program that runs keeps its old file, and nobody is told.
AllowSkipFiles off

VIProductVersion "${FILE_VERSION}"
VIAddVersionKey "ProductName" "BBDrop"
VIAddVersionKey "FileDescription" "Installs BBDrop"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT or Apache 2.0, as you like"

!define MUI_ICON "${ROOT}/assets/icon/bbdrop.ico"
!define MUI_UNICON "${ROOT}/assets/icon/bbdrop.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\bbdrop.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var WasRunning

; Asks the running BBDrop to quit, with the program CLI, and waits until the files can be replaced.
!macro AskToQuit CLI
  StrCpy $WasRunning 0
  nsExec::Exec '"${CLI}" quit'
  Pop $0
  ${If} $0 == 0
    StrCpy $WasRunning 1
  ${EndIf}
  !insertmacro WaitFor "$INSTDIR\bbdrop.exe"
  !insertmacro WaitFor "$INSTDIR\bbdrop-cli.exe"
!macroend

!macro WaitFor FILE
  StrCpy $1 0
  ${Do}
    ${IfNot} ${FileExists} "${FILE}"
      ${ExitDo}
    ${EndIf}
    ClearErrors
    FileOpen $0 "${FILE}" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    IntOp $1 $1 + 1
    ${If} $1 > ${TRIES_MAX}
      MessageBox MB_OK|MB_ICONSTOP "BBDrop is running and does not end. Close it and try again.$\n${FILE}" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    Sleep ${TRY_EVERY_MS}
  ${Loop}
!macroend

!macro RemoveDirectory PATH
  System::Call 'kernel32::GetFileAttributesW(w "${PATH}") i .r2'
  IntOp $2 $2 & ${REPARSE_POINT}
  ${If} $2 == 0
    RMDir /r "${PATH}"
  ${Else}
    RMDir "${PATH}"
  ${EndIf}
!macroend

Section
  SetShellVarContext current
  SetOverwrite on
  ; The new one asks: the old one may be damaged, which is what a repair is for.
  InitPluginsDir
  SetOutPath "$PLUGINSDIR"
  File "${PROGRAMS}/bbdrop-cli.exe"
  !insertmacro AskToQuit "$PLUGINSDIR\bbdrop-cli.exe"

  SetOutPath "$INSTDIR"
  File "${PROGRAMS}/bbdrop.exe"
  File "${PROGRAMS}/bbdrop-cli.exe"
  File "/oname=LICENSE.txt" "${ROOT}/LICENSE"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\BBDrop.lnk" "$INSTDIR\bbdrop.exe"

  nsExec::ExecToLog '"$INSTDIR\bbdrop-cli.exe" shell install'
  Pop $0
  ${If} $0 != 0
    DetailPrint "The entries of Explorer could not be made. Later: bbdrop-cli shell install"
  ${EndIf}

  WriteRegStr HKCU "${ENTRY}" "DisplayName" "BBDrop"
  WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\bbdrop.exe,0"
  WriteRegStr HKCU "${ENTRY}" "Publisher" "BBDrop"
  WriteRegStr HKCU "${ENTRY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  SectionGetSize 0 $0
  WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${ENTRY}" "NoModify" 1
  WriteRegDWORD HKCU "${ENTRY}" "NoRepair" 1

  ${If} $WasRunning == 1
    Exec '"$INSTDIR\bbdrop.exe"'
  ${EndIf}
SectionEnd

Section Uninstall
  SetShellVarContext current
  !insertmacro AskToQuit "$INSTDIR\bbdrop-cli.exe"
  nsExec::Exec '"$INSTDIR\bbdrop-cli.exe" shell remove'
  Pop $0
  Delete "$SMPROGRAMS\BBDrop.lnk"
  Delete "$INSTDIR\bbdrop.exe"
  Delete "$INSTDIR\bbdrop-cli.exe"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${ENTRY}"
  ; The start at sign-in, if there is one.
  DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "BBDrop"
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Shall your queue, templates and settings go, too? Your published galleries stay for now.$\n$\n${DATA}" /SD IDNO IDNO keep
  FindFirst $0 $1 "${DATA}\*"
  ${DoWhile} $1 != ""
    ${If} $1 != "."
    ${AndIf} $1 != ".."
    ${AndIf} $1 != "published"
      ${If} ${FileExists} "${DATA}\$1\*"
        !insertmacro RemoveDirectory "${DATA}\$1"
      ${Else}
        Delete "${DATA}\$1"
      ${EndIf}
    ${EndIf}
    FindNext $0 $1
  ${Loop}
  FindClose $0
  ${If} ${FileExists} "${DATA}\published\*"
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Shall your published galleries go, too? Links to them lead nowhere then.$\n$\n${DATA}\published" /SD IDNO IDNO keep
    !insertmacro RemoveDirectory "${DATA}\published"
  ${EndIf}
  RMDir "${DATA}"
  RMDir "$LOCALAPPDATA\BBDrop"
keep:
SectionEnd
