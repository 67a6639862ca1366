using Kilometers.Processes.Unix;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// A directory or socket that a process made for itself, to be deleted later: that one and no other which has its path by then. While
/// this holds it open its number is not given to another file, and its content is reached through the descriptor.
/// </summary>
internal sealed class OwnedEntry
{
    private readonly string _path;
    private readonly FileStatus _identity;
    private readonly SafeFileHandle? _directory;

    private OwnedEntry(string path, FileStatus identity, SafeFileHandle? directory)
    {
        _path = path;
        _identity = identity;
        _directory = directory;
    }

    /// <summary>What stands there now; null unless it is this user's, a directory closed to all others or a socket, and its path is absolute.</summary>
    public static OwnedEntry? Find(string path)
    {
        if (!Path.IsPathFullyQualified(path) || FileStatus.Of(path) is not { } identity || identity.Owner != Libc.EffectiveUser())
            return null;
        if (identity.IsSocket)
            return new OwnedEntry(path, identity, null);
        if (!identity.IsFolder || identity.IsOpenToOthers)
            return null;
        var directory = FolderContent.Open(path);

        // Between the look and the opening it may have been exchanged.
        return directory is not null && FileStatus.Of(path) is { } now && now.IsSame(identity) && now.Mode == identity.Mode
            ? new OwnedEntry(path, identity, directory)
            : null;
    }

    public void Delete()
    {
        using (_directory)
        {
            if (_directory is not null)
                FolderContent.Delete(_directory);
            if (FileStatus.Of(_path) is not { } now || !now.IsSame(_identity))
                return;
            _ = now.IsFolder ? FolderContent.RemoveEmpty(_path) : Libc.Unlink(_path);
        }
    }
}
