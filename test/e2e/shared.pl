# Drives Mail::IMAPClient through rights, sorting, threads, moving and names. Arguments: port, root certificate, password.
use strict;
use warnings;
use Mail::IMAPClient;
use JSON::PP;

my ($port, $root, $password) = @ARGV;

sub enter {
    my ($user) = @_;
    return Mail::IMAPClient->new(
        Server => 'localhost', Port => $port, Ssl => [SSL_ca_file => $root],
        User => $user, Password => $password, Uid => 1,
    ) || die $@;
}

my $owner = enter('anna');
my $guest = enter('bert');
my $name = 'Other Users/anna@example.test/Team';
my %told;
$told{before} = [$guest->folders($name)];
$owner->setacl('Team', 'bert', 'lrswite') or die $owner->LastError;
$told{rights} = $owner->getacl('Team')->{bert};
$told{after} = [grep { /Team/ } $guest->folders];
$guest->select($name) or die $guest->LastError;
$told{sorted} = [@{$guest->sort('REVERSE SUBJECT', 'UTF-8', 'ALL')}];
$told{threads} = $guest->thread('REFERENCES', 'UTF-8', 'ALL');
$guest->store('1', '+FLAGS', '(\\Flagged Work)') or die $guest->LastError;
my $moved = $guest->move('Archive', 2) or die $guest->LastError;
$guest->expunge or die $guest->LastError;
$told{left} = [$guest->search('ALL')];
my $idle = $owner->select('Team') && $owner->idle or die $owner->LastError;
$guest->append_string($name, "Subject: from bert\r\n\r\nhello\r\n", '\\Seen', ' 1-Jan-2020 00:00:00 +0000') or die;
$told{idle} = [grep { /EXISTS/ } map { s/\s+$//r } @{$owner->idle_data(10)}];
$owner->done($idle) or die $owner->LastError;
$told{flags} = [sort grep { $_ ne '\\Recent' } $owner->flags(1)];
$owner->deleteacl('Team', 'bert') or die $owner->LastError;
$told{shut} = $guest->noop ? 'still in' : 'out';
print JSON::PP->new->canonical->encode(\%told);
