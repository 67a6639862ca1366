using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.Files;

/// <summary>Gives a file the owner, group, mode, access list and extended attributes of another.</summary>
internal static class FileMetadata
{
    private const int MaxAttributes = 1 << 20;
    private const int PermissionMask = 0xFFF;

    /// <summary>Copies all of it, or fails.</summary>
    /// <param name="from">The file that has them.</param>
    /// <param name="to">A file of this user's.</param>
    /// <exception cref="IOException">Something of it cannot be kept; the message names it.</exception>
    public static void Copy(string from, string to)
    {
        const uint AccessListModeAttributes = 1 | 2 | 4;
        if (Libc.StatusOf(from) is not { } status || Libc.GroupOf(from) is not { } group || Libc.StatusOf(to) is not { } now)
            throw Fault(from);
        if ((now.Owner != status.Owner || Libc.GroupOf(to)?.Group != group.Group) && Libc.ChangeOwner(to, status.Owner, group.Group) != 0)
            throw Fault($"{from}: its owner and group cannot be kept");
        if (!OperatingSystem.IsLinux())
        {
            if (Libc.CopyFile(from, to, 0, AccessListModeAttributes) != 0)
                throw Fault($"{from}: its attributes cannot be kept");
            return;
        }

        // The mode last: the access list has set the group's part.
        CopyAttributes(from, to);
        if (Libc.ChangeMode(to, status.Mode & PermissionMask) != 0)
            throw Fault($"{from}: its mode cannot be kept");
    }

    private static void CopyAttributes(string from, string to)
    {
        var wanted = Names(from);

        // A directory's default access list is inherited by every new file in it.
        foreach (var name in Names(to).Where(name => !wanted.Exists(name.SequenceEqual)))
            if (Libc.RemoveAttribute(to, name) != 0 && Marshal.GetLastPInvokeError() != Libc.NoAttribute)
                throw Fault($"{from}: the extended attribute {Text(name)} of its directory cannot be removed");
        foreach (var name in wanted)
        {
            if (Value(from, name) is not { } value || Value(to, name) is { } same && same.AsSpan().SequenceEqual(value))
                continue;
            if (Libc.SetAttribute(to, name, value, value.Length, 0) != 0)
                throw Fault($"{from}: its extended attribute {Text(name)} cannot be kept");
        }
    }

    /// <summary>The names, each with its final zero.</summary>
    private static List<byte[]> Names(string path)
    {
        var length = Libc.ListAttributes(path, null, 0);
        if (length < 0 && Marshal.GetLastPInvokeError() == Libc.NotSupported)
            return [];
        var all = length is < 0 or > MaxAttributes ? throw Fault(path) : new byte[length];
        if (length > 0 && Libc.ListAttributes(path, all, length) != length)
            throw Fault(path);
        var names = new List<byte[]>();
        for (int start = 0, end; start < all.Length && (end = Array.IndexOf(all, (byte)0, start)) >= 0; start = end + 1)
            names.Add(all[start..(end + 1)]);
        return names;
    }

    private static byte[]? Value(string path, byte[] name)
    {
        var length = Libc.GetAttribute(path, name, null, 0);
        if (length is < 0 or > MaxAttributes)
            return Marshal.GetLastPInvokeError() == Libc.NoAttribute ? null : throw Fault(path);
        var value = new byte[length];
        return length == 0 || Libc.GetAttribute(path, name, value, length) == length ? value : throw Fault(path);
    }

    private static string Text(byte[] name) => Encoding.UTF8.GetString(name.AsSpan()[..^1]);

    private static IOException Fault(string what) => new($"{what} ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())})");
}
