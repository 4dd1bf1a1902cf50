// Parts of a path.
#include <string.h>

char* __xpg_basename(char* path);
char* dirname(char* path);

static const char dot[] = ".", root[] = "/";

// Both ends first lose trailing slashes. POSIX lets these change the path.
char* __xpg_basename(char* path)
{
    if (!path || !*path) return (char*)dot;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    path[length] = 0;
    char* slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

char* dirname(char* path)
{
    if (!path || !*path) return (char*)dot;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length == 0) return (char*)dot;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 1 && path[0] == '/') return (char*)root;
    path[length] = 0;
    return path;
}

char* basename(const char* path)
{
    const char* slash = strrchr(path, '/');
    return (char*)(slash ? slash + 1 : path);
}
