namespace Kilometers.Files;

/// <summary>Whose a file is and who may do what with it, or with the link itself.</summary>
/// <param name="Owner">The number of the user.</param>
/// <param name="Mode">Kind and permissions, as in <c>st_mode</c>.</param>
internal readonly record struct FileStatus(uint Owner, int Mode)
{
    private const int KindMask = 0xF000;

    public bool IsDirectory => (Mode & KindMask) == 0x4000;

    public bool IsPlainFile => (Mode & KindMask) == 0x8000;

    public bool IsLink => (Mode & KindMask) == 0xA000;
}
