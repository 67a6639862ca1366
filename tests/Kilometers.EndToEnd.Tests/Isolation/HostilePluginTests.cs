namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>What a signed, installed, running plugin cannot do, each tried by a real one. docs/isolation.md holds the outcomes.</summary>
public abstract class HostilePluginTests(HostileSession session)
{
    [Fact]
    public void It_can_keep_files_in_its_state_directory() =>
        Assert.Equal("allowed", session["keep a file in its state directory", "its own"]);

    [Fact]
    public void It_cannot_read_the_users_ssh_key() => Denied("read a file", "the user's SSH key");

    [Fact]
    public void It_cannot_read_another_plugins_state() => Denied("read a file", "another plugin's state");

    [Fact]
    public void It_cannot_read_kms_registry() => Denied("read a file", "km's registry");

    [Fact]
    public void It_cannot_list_the_users_home() => Denied("list a folder", "the user's home");

    [Fact]
    public void It_cannot_write_outside_its_state_directory()
    {
        Denied("write a file", "the user's home");
        Denied("write a file", "the temporary folder");
        Assert.False(File.Exists("/tmp/km-hostile-was-here"));
    }

    [Fact]
    public void It_cannot_cut_off_delete_or_open_up_a_file_of_the_users()
    {
        Denied("cut a file off", "the user's SSH key");
        Denied("delete a file", "the user's SSH key");
        Denied("change a file's mode", "the user's SSH key");
    }

    [Fact]
    public void It_cannot_exchange_a_file_of_its_own_package() => Denied("exchange a file of its own package");

    [Fact]
    public void It_cannot_use_tcp()
    {
        Denied("connect by TCP", "this machine");
        Denied("listen on TCP");
    }

    [Fact]
    public void It_cannot_use_udp() => Denied("send by UDP", "this machine");

    [Fact]
    public void It_cannot_connect_to_a_unix_socket() => Denied("connect to a Unix socket", "a stand-in for Docker's");

    [Fact]
    public void It_cannot_connect_to_an_abstract_unix_socket() => Denied("connect to an abstract Unix socket", "a stand-in for D-Bus");

    [Fact]
    public void It_cannot_listen_anywhere_but_in_its_own_folder()
    {
        Denied("listen under an abstract name");
        Denied("listen under an abstract name that the kernel chooses");
        Denied("listen outside its folder", "the temporary folder");
    }

    [Fact]
    public void It_cannot_make_a_datagram_socket()
    {
        Denied("make a Unix datagram socket");
        Denied("make a pair of datagram sockets");
    }

    [Fact]
    public void It_cannot_create_processes()
    {
        Denied("start a program");
        Denied("fork without end");
    }

    [Fact]
    public void It_cannot_trace_km_or_the_server()
    {
        Denied("trace a process", "km");
        Denied("trace a process", "the server");
    }

    [Fact]
    public void It_cannot_signal_km_the_server_or_anybody_else()
    {
        Denied("kill a process", "km");
        Denied("kill a process", "the server");
        Denied("kill a process", "a bystander");
        Denied("kill its process group's neighbours");
    }

    [Fact]
    public void It_cannot_read_kms_memory()
    {
        Denied("read a process's memory", "km");
        Denied("read a process's memory by a system call", "km");
    }

    [Fact]
    public void It_cannot_read_kms_environment() => Denied("read a process's environment", "km");

    [Fact]
    public void It_cannot_read_the_servers_arguments() => Denied("read a process's command line", "the server");

    [Fact]
    public void It_cannot_slow_or_starve_others_by_their_limits()
    {
        Denied("lower a process's limits", "km");
        Denied("lower a process's priority", "the server");
        Denied("lower a process group's priority", "its own");
        Denied("lower the priority of everything the user runs");
        Denied("lower the disk priority of everything the user runs");
    }

    [Fact]
    public void It_cannot_use_up_or_hold_what_all_of_the_users_processes_share()
    {
        Assert.Equal("stopped at the limit of waiting signals", session["use up the user's signal queue", ""]);
        Denied("queue a signal", "km");
        Denied("hold a lease on a file", "the system's list of libraries");
        Denied("enlarge a pipe");
        Denied("watch a folder");
    }

    [Fact]
    public void It_cannot_use_up_what_the_whole_machine_shares()
    {
        Denied("take the machine's asynchronous I/O");
        Denied("take the machine's huge pages");
        Denied("write all file systems to disk");
    }

    [Fact]
    public void It_cannot_escape_the_measuring_of_its_memory()
    {
        Denied("hide from km's measurements");
        Denied("take memory outside its own");
    }

    [Fact]
    public void It_cannot_read_from_proc_self_what_is_not_about_itself_alone()
    {
        Denied("read a file", "the machine's connections");
        Denied("read a file", "its own page table");
        Denied("list a folder", "its own threads");
    }

    [Fact]
    public void It_cannot_type_into_the_terminal() => Denied("type into the terminal");

    [Fact]
    public void It_cannot_leave_its_process_group() => Denied("leave its process group", "for the server's");

    [Fact]
    public void It_cannot_make_itself_outlive_its_host() => Denied("survive its host");

    [Fact]
    public void It_cannot_use_the_large_interfaces_of_the_kernel()
    {
        Denied("use io_uring");
        Denied("load a program into the kernel (bpf)");
        Denied("make namespaces");
        Denied("mount");
        Denied("use the kernel's keys");
        Denied("attach a program to a socket");
    }

    [Fact]
    public void It_cannot_raise_its_own_limits() => Denied("raise its own limits");

    [Fact]
    public void It_runs_into_the_limit_of_open_files() =>
        Assert.Equal("stopped at the limit of open files", session["open every descriptor", ""]);

    [Fact]
    public void It_runs_into_the_limit_of_a_files_size() =>
        Assert.Equal("stopped at the limit of a file's size", session["write a file without end", "its state directory"]);

    [Fact]
    public void It_runs_into_the_limit_of_memory() =>
        Assert.Equal("stopped at the limit of memory", session["take memory without end", ""]);

    [Fact]
    public void The_session_is_unharmed_by_all_of_that() => Assert.True(session.WasUnharmed, session.Errors);

    [Fact]
    public async Task The_table_in_the_documents_is_what_happens()
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(Running.Programs.Root, "docs", "isolation.md"),
            TestContext.Current.CancellationToken
        );
        var rows = session.Outcomes.Select(outcome =>
            $"| {outcome.Attempt}{(outcome.On.Length > 0 ? ": " + outcome.On : "")} | {outcome.Outcome} |"
        );
        var table = string.Join('\n', rows);
        Assert.True(page.Contains(table, StringComparison.Ordinal), "The table in docs/isolation.md should be:\n" + table);
    }

    private void Denied(string attempt, string on = "") => Assert.StartsWith("denied", session[attempt, on], StringComparison.Ordinal);
}

/// <summary>As the user who runs the tests: root, where they are run so.</summary>
public sealed class OwnHostilePluginTests(OwnHostileSession session) : HostilePluginTests(session), IClassFixture<OwnHostileSession>;

/// <summary>As a user without rights.</summary>
public sealed class OrdinaryHostilePluginTests(OrdinaryHostileSession session)
    : HostilePluginTests(session),
        IClassFixture<OrdinaryHostileSession>;
